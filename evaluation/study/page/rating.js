/* One item: its clips in the order drawn for this rater, each to be heard and rated. */
const ABOUT = {
  OVL: {
    name: "quality",
    question: "How good does each clip sound?",
    task: "Rate how clean and natural each clip sounds, whatever it is meant to be. Noise, distortion, "
      + "missing highs, sounds that break off or seem artificial lower the rating.",
    words: ["bad", "poor", "fair", "good", "excellent"],
  },
  REL: {
    name: "agreement",
    question: "How well does each clip match?",
    task: "Rate whether you hear what was asked for: all of it, and nothing else. Do not rate how "
      + "good it sounds; a clip of poor quality can match perfectly.",
    words: ["not at all", "slightly", "partly", "mostly", "exactly"],
  },
};
const letterOf = (index) => String.fromCharCode(65 + index);

function questionOf(scale, item) {
  const { text, source, video } = study.conditions[item];
  if (scale !== "REL") return ABOUT[scale].question;
  if (video) return "How well does each clip fit the video" + (text ? " and the text?" : "?");
  return source ? "How well does each clip do what was asked of the input?" : "How well does each clip match the text?";
}

/* What an item was made from: a text, a clip that was to be changed, a video that plays along. */
function conditionOf(item) {
  const { text, source, video } = study.conditions[item];
  const parts = [];
  const screen = video && el("video", { src: video, muted: true, playsinline: true, preload: "auto",
    "aria-label": "The video; it plays along with each clip" });
  if (screen) {
    screen.muted = true;
    parts.push(screen);
  }
  if (text) parts.push(el("blockquote", { class: "prompt" }, text));
  if (source) {
    const play = button("Play the input", () => (player.isPlaying ? player.stop() : player.start()));
    const player = new Player(source, {
      onstart: () => { play.textContent = "Stop the input"; },
      onend: () => { play.textContent = "Play the input"; },
      onmove: () => {},
      onfail: () => { play.textContent = "This browser cannot play the input"; },
    });
    parts.push(el("p", { class: "row" }, play));
  }
  return {
    parts,
    start() { if (screen) { screen.currentTime = 0; screen.play().catch(() => {}); } },
    stop() { if (screen) screen.pause(); },
  };
}

function clipCard(scale, clip, index, rating, changed, companion) {
  const name = "Clip " + letterOf(index);
  const bar = el("span", { class: "bar" });
  const heard = el("span", { class: "heard" });
  const play = el("button", { type: "button", class: "play", "aria-describedby": "problem-" + index }, el("span", { class: "sign", "aria-hidden": "true" }), bar);
  const problem = el("p", { class: "problem", id: "problem-" + index });
  const slider = el("input", { type: "range", min: 1, max: 100, step: 1, "aria-label": name + ", slider from 1 to 100" });
  const number = el("input", {
    type: "number", min: 1, max: 100, step: 1, inputmode: "numeric", placeholder: "–",
    "aria-label": name + ", rating from 1 to 100", "aria-describedby": "problem-" + index,
  });
  const words = ABOUT[scale].words;
  const card = el("div", { class: "card", role: "group", "aria-label": name },
    play,
    el("div", { class: "name" }, name, heard),
    el("div", { class: "scale" }, slider,
      el("div", { class: "words", "aria-hidden": "true" }, ...words.map((word) => el("span", {}, word)))),
    number,
    problem);

  function refresh() {
    const rated = rating.value !== null;
    card.classList.toggle("unrated", !rated);
    slider.value = rated ? rating.value : 50;
    slider.style.setProperty("--at", 100 * (slider.value - 1) / 99 + "%");
    const word = rated ? words[Math.min(4, Math.floor((rating.value - 1) / 20))] : "not rated yet";
    slider.setAttribute("aria-valuetext", rated ? rating.value + ", " + word : word);
    heard.textContent = rating.heard ? "heard" : "";
    play.setAttribute("aria-label", (player.isPlaying ? "Stop clip " : "Play clip ") + letterOf(index));
    card.classList.toggle("playing", player.isPlaying);
  }

  function rate(value) {
    rating.value = value;
    problem.textContent = "";
    number.removeAttribute("aria-invalid");
    refresh();
    changed();
  }

  const player = new Player(study.clips[clip], {
    onstart: () => { rating.plays += 1; companion?.start(); refresh(); changed(); },
    onend: (whole) => { companion?.stop(); rating.heard ||= whole; if (whole) problem.textContent = ""; refresh(); changed(); },
    onmove: (share) => { bar.style.width = 100 * share + "%"; },
    onfail: () => tell("This browser cannot play the clip. Try another browser, and tell who sent you the page."),
  });
  play.addEventListener("click", () => (player.isPlaying ? player.stop() : player.start()));
  const slide = () => { number.value = slider.value; rate(Number(slider.value)); };
  for (const event of ["input", "click"]) slider.addEventListener(event, slide);
  number.addEventListener("input", () => {
    const value = Number(number.value);
    if (number.value !== "" && Number.isInteger(value) && value >= 1 && value <= 100) return rate(value);
    rating.value = null;
    refresh();
    changed();
  });
  number.addEventListener("change", () => {
    if (rating.value !== null) return;
    tell("Give a whole number from 1 to 100.");
    number.setAttribute("aria-invalid", "true");
  });

  if (rating.value !== null) number.value = rating.value;
  refresh();
  return {
    card,
    check() {
      if (!rating.heard) return refuse("Listen to this clip to its end.", play);
      if (rating.value === null) return refuse("Rate this clip with a whole number from 1 to 100.", number);
      return null;
    },
  };

  function tell(text) {
    problem.textContent = text;
    say(text);
  }

  function refuse(text, control) {
    problem.textContent = text;
    return control;
  }
}

function ratingScreen({ scale, item, clips, page, pages }, progress, { changed, back, next }) {
  const companion = scale === "REL" ? conditionOf(item) : null;
  const cards = clips.map((clip, index) =>
    clipCard(scale, clip, index, ratingOf(progress, scale, clip), changed, companion));
  const problem = el("p", { class: "problem", role: "alert" });
  function goOn() {
    const open = cards.map((one) => one.check()).filter((control) => control !== null);
    if (!open.length) return next();
    problem.textContent = open.length === 1 ? "One clip is not done yet." : open.length + " clips are not done yet.";
    open[0].focus();
  }
  show(
    el("h1", {}, questionOf(scale, item)),
    ...(companion?.parts ?? []),
    el("p", { class: "quiet" }, "Listen to each clip to its end, as often as you like, then rate it."),
    el("div", { class: "cards" }, ...cards.map((one) => one.card)),
    problem,
    el("nav", { class: "row", "aria-label": "Pages" },
      back ? button("Back", back) : null,
      button(page === pages ? "Finish this part" : "Next", goOn, "main")),
  );
}
