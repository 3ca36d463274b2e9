/* One clip at a time. */
let playing = null;

function stopSound() {
  if (playing) playing.stop();
  stopTones();
}

class Player {
  constructor(address, { onstart, onend, onmove, onfail }) {
    this.audio = new Audio();
    this.audio.preload = "auto";
    this.audio.src = address;
    this.onend = onend;
    this.onstart = onstart;
    this.onmove = onmove;
    this.onfail = onfail;
    this.audio.addEventListener("ended", () => this.stop(true));
  }

  get isPlaying() { return playing === this; }

  start() {
    stopSound();
    playing = this;
    this.audio.currentTime = 0;
    this.onstart();
    this.audio.play().then(() => this.follow(), () => {
      if (!this.isPlaying) return;
      this.stop();
      this.onfail();
    });
  }

  stop(whole = false) {
    if (this.isPlaying) playing = null;
    this.audio.pause();
    this.onmove(0);
    this.onend(whole);
  }

  follow() {
    if (!this.isPlaying) return;
    this.onmove(this.audio.currentTime / (this.audio.duration || 1));
    requestAnimationFrame(() => this.follow());
  }
}
