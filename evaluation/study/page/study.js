/* From the start to the file of ratings. */
let progress = null;
let steps = [];

const asked = new URLSearchParams(location.search).get("rater");

function stepsOf(rater) {
  const found = [{ kind: "headphones" }];
  SCALES.forEach((scale, part) => {
    const screens = study.orders[rater - 1][scale];
    found.push({ kind: "intro", scale, part: part + 1, pages: screens.length });
    screens.forEach(([item, clips], index) =>
      found.push({ kind: "rate", scale, item, clips, page: index + 1, pages: screens.length, part: part + 1 }));
  });
  found.push({ kind: "finish" });
  return found;
}

function startScreen() {
  const raters = study.orders.length;
  const field = el("input", {
    type: "number", id: "rater", min: 1, max: raters, step: 1, inputmode: "numeric", value: asked ?? "",
    "aria-describedby": "rater-problem",
  });
  const problem = el("p", { class: "problem", role: "alert", id: "rater-problem" });
  const known = el("p", { class: "quiet" });
  const again = button("Start over", () => {
    if (confirm("Erase the ratings of rater " + field.value + " in this browser?")) {
      forget(Number(field.value));
      look();
    }
  });
  const chosen = () => {
    const value = Number(field.value);
    return field.value !== "" && Number.isInteger(value) && value >= 1 && value <= raters ? value : null;
  };
  function look() {
    const found = chosen() === null ? null : stored(chosen());
    again.hidden = !found;
    known.textContent = found ? "You have been here: your ratings so far are kept, and you go on where you stopped." : "";
  }
  function start(event) {
    event.preventDefault();
    if (chosen() === null) {
      problem.textContent = "Give your number: a whole number from 1 to " + raters + ". Whoever sent you this page knows it.";
      field.focus();
      return;
    }
    begin(chosen());
  }
  field.addEventListener("input", () => { problem.textContent = ""; look(); });
  const screens = study.orders[0][SCALES[0]];
  const clips = screens[0][1].length;
  show(
    el("h1", {}, "Welcome"),
    el("p", {}, "You will hear " + screens.length + " sets of " + clips + " clips, and rate each clip from 1 to 100"
      + (SCALES.length > 1 ? ": first how good it sounds, then, in a second part, how well it matches what was asked for." : ": how good it sounds.")),
    el("ul", {},
      el("li", {}, "Use headphones, in a quiet room."),
      el("li", {}, "There are no right answers. Use the whole scale; compare the clips of a set with one another."),
      el("li", {}, "Take breaks. Your ratings stay in this browser, and you can close the page and come back."),
      el("li", {}, "Nothing is sent anywhere. At the end you save a file, and send it to whoever asked you.")),
    el("form", { class: "start", novalidate: true, onsubmit: start },
      el("label", { for: "rater" }, "Your rater number (1 to " + raters + ")"),
      el("p", { class: "row" }, field, el("button", { type: "submit", class: "main" }, "Start"), again),
      problem, known),
  );
  look();
}

function begin(rater) {
  progress = stored(rater) ?? fresh(rater);
  progress.started ??= new Date().toISOString();
  steps = stepsOf(rater);
  go(Math.min(progress.step, steps.length - 1));
}

function save() {
  find("forgetful").hidden = keep(progress);
}

function go(index) {
  progress.step = index;
  save();
  const step = steps[index];
  const next = () => go(index + 1);
  const rates = steps.filter((one) => one.kind === "rate").length;
  const done = steps.slice(0, index).filter((one) => one.kind === "rate").length;
  find("progress").hidden = false;
  find("progress").value = done / rates;
  const part = SCALES.length > 1 && step.part ? "Part " + step.part + " of " + SCALES.length + " · " : "";
  const words = { headphones: "Before you start", intro: part + "About this part", finish: "Done" };
  find("where").textContent = "Rater " + progress.rater + " · "
    + (words[step.kind] ?? part + "Page " + step.page + " of " + step.pages);
  if (step.kind === "headphones") soundScreen(next);
  else if (step.kind === "intro") introScreen(step, next);
  else if (step.kind === "finish") finishScreen(() => go(index - 1));
  else ratingScreen(step, progress, { changed: save, next, back: step.page > 1 ? () => go(index - 1) : null });
}

function soundScreen(next) {
  show(
    el("h1", {}, "Headphones on"),
    el("p", {}, "Put on your headphones, both sides. Play this noise and set the volume of your device so that it is "
      + "comfortable. Then leave the volume as it is until the end."),
    el("p", { class: "row" }, button("Play the noise", playNoise)),
    el("p", {}, "A short check follows: six times three tones, of which you name the quietest."),
    el("p", { class: "row" }, button("Begin the check", () => headphoneScreen(progress, next), "main")),
  );
}

function introScreen(step, next) {
  const about = ABOUT[step.scale];
  show(
    el("h1", {}, (SCALES.length > 1 ? "Part " + step.part + ": " : "") + about.name),
    el("p", {}, about.task),
    el("dl", { class: "meaning" }, ...about.words.map((word, index) =>
      el("div", {}, el("dt", {}, 20 * index + 1 + "–" + 20 * (index + 1)), el("dd", {}, word)))),
    el("p", {}, step.pages + " pages follow. The clips of a page belong together; their order is drawn anew on every page. "
      + "Drag the sliders, or type numbers."),
    el("p", { class: "row" }, button("Begin", next, "main")),
  );
}

function finishScreen(back) {
  progress.finished = new Date().toISOString();
  save();
  const comment = el("textarea", { id: "comment", rows: 3, oninput: () => { progress.comment = comment.value; save(); } });
  comment.value = progress.comment;
  const name = "ratings-" + study.study + "-rater-" + String(progress.rater).padStart(2, "0") + ".json";
  const told = el("p", { class: "quiet", role: "status" });
  const download = () => {
    const file = new Blob([JSON.stringify(exported(progress), null, 1)], { type: "application/json" });
    const address = URL.createObjectURL(file);
    el("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    told.textContent = "Saved as " + name + ", where your browser keeps downloads. Send that file to whoever asked you. Thank you.";
  };
  find("progress").value = 1;
  show(
    el("h1", {}, "All rated"),
    el("p", {}, "Save your ratings as a file, and send it to whoever asked you to take part. Nothing has been sent so far."),
    el("label", { for: "comment" }, "Anything to add? (optional)"),
    comment,
    el("p", { class: "row" }, button("Save the ratings", download, "main"), button("Back", back)),
    told,
  );
}

startScreen();
