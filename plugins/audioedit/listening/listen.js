"use strict";
(() => {
  const study = JSON.parse(document.getElementById("study").textContent);
  const by = (id) => document.getElementById(id);
  const storeName = "listening-" + study.study;
  const players = [by("first"), by("second")];
  const heard = new Set();
  let answers = {};
  let at = 0;

  try {
    answers = JSON.parse(localStorage.getItem(storeName)) || {};
  } catch {
    answers = {};
  }

  function keep() {
    try {
      localStorage.setItem(storeName, JSON.stringify(answers));
    } catch {
      by("missing").textContent = "This browser keeps nothing; save before you close the page.";
    }
  }

  function show(place) {
    at = place;
    const done = at >= study.items.length;
    by("item").hidden = done;
    by("end").hidden = !done;
    by("progress").value = at / study.items.length;
    by("where").textContent = done
      ? study.items.length + " of " + study.items.length + " answered"
      : "Pair " + (at + 1) + " of " + study.items.length;
    by("missing").textContent = "";
    players.forEach((player) => player.pause());
    if (done) return by("rater").focus();
    const item = study.items[at];
    heard.clear();
    if (answers[item.name]) heard.add("first").add("second");
    by("question").textContent = item.question;
    players[0].src = "clips/" + item.name + "-a.flac";
    players[1].src = "clips/" + item.name + "-b.flac";
    by("back").disabled = at === 0;
    for (const name of ["done", "harmed"]) {
      for (const box of by("item").elements[name]) {
        const given = answers[item.name];
        box.checked = Boolean(given) && given[name] === (box.value === "yes");
      }
    }
  }

  function missing() {
    if (heard.size < 2) return "Listen to both clips to their end first.";
    const form = by("item").elements;
    if (!form.done.value || !form.harmed.value) return "Answer both questions.";
    return "";
  }

  players.forEach((player) => {
    player.addEventListener("ended", () => heard.add(player.id));
    player.addEventListener("play", () => {
      players.filter((other) => other !== player).forEach((other) => other.pause());
    });
  });

  by("item").addEventListener("submit", (event) => {
    event.preventDefault();
    const problem = missing();
    by("missing").textContent = problem;
    if (problem) return;
    const form = by("item").elements;
    answers[study.items[at].name] = {
      done: form.done.value === "yes",
      harmed: form.harmed.value === "yes",
    };
    keep();
    show(at + 1);
  });
  by("back").addEventListener("click", () => show(at - 1));
  by("again").addEventListener("click", () => show(at - 1));

  by("end").addEventListener("submit", (event) => {
    event.preventDefault();
    const rater = by("rater").value.trim();
    const rows = study.items.map(({ name }) => ({ name, ...answers[name] }));
    const told = { format: study.format, study: study.study, rater, answers: rows };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(told, null, 2)], { type: "application/json" }));
    link.download = "ratings-" + study.study + "-" + rater.replace(/\W+/g, "_") + ".json";
    link.click();
  });

  const first = study.items.findIndex(({ name }) => !answers[name]);
  show(first < 0 ? study.items.length : first);
})();
