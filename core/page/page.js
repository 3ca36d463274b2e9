"use strict";
(() => {
  document.documentElement.classList.add("js");
  const status = document.getElementById("status");
  const players = [...document.querySelectorAll(".clip")].map((figure) => {
    const button = figure.querySelector(".spec");
    const audio = figure.querySelector("audio");
    const head = figure.querySelector(".playhead");
    audio.controls = false;
    return { figure, button, audio, head, name: button.dataset.name };
  });
  let current = null;
  let queue = [];

  const say = (text) => { status.textContent = text; };

  function pause(player) {
    player.audio.pause();
    player.button.classList.remove("playing");
    player.button.setAttribute("aria-label", "Play: " + player.name);
    if (current === player) current = null;
  }

  function play(player, from) {
    if (current && current !== player) pause(current);
    if (from !== undefined) player.audio.currentTime = from;
    current = player;
    player.button.classList.add("playing", "started");
    player.button.setAttribute("aria-label", "Pause: " + player.name);
    player.audio.play().then(follow, () => {
      pause(player);
      say("This browser did not play the clip.");
    });
  }

  function place(player) {
    const length = player.audio.duration || 1;
    player.head.style.left = (100 * player.audio.currentTime) / length + "%";
  }

  function follow() {
    if (!current) return;
    place(current);
    requestAnimationFrame(follow);
  }

  function seek(player, seconds) {
    const length = player.audio.duration || 0;
    player.audio.currentTime = Math.min(Math.max(0, seconds), length);
    player.button.classList.add("started");
    place(player);
  }

  for (const player of players) {
    player.button.addEventListener("click", (event) => {
      queue = [];
      if (current === player) return pause(player);
      const box = player.button.getBoundingClientRect();
      const onSign = event.target.classList.contains("sign") || event.detail === 0;
      const part = (event.clientX - box.left) / box.width;
      play(player, onSign ? undefined : part * (player.audio.duration || 0));
    });
    player.button.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.25, ArrowRight: 0.25 }[event.key];
      if (step) seek(player, player.audio.currentTime + step);
      else if (event.key === "Home") seek(player, 0);
      else return;
      event.preventDefault();
    });
    player.audio.addEventListener("ended", () => {
      pause(player);
      player.button.classList.remove("started");
      player.audio.currentTime = 0;
      if (queue.length) play(queue.shift(), 0);
    });
  }

  for (const button of document.querySelectorAll(".turn")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const sample = button.closest(".sample");
      queue = players.filter((player) => sample.contains(player.figure));
      play(queue.shift(), 0);
    });
  }

  for (const button of document.querySelectorAll(".copy")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }
})();
