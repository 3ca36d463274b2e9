/* Are these headphones? A tone in opposite phase at the two ears cancels in the air of a room, so
   over loudspeakers it seems the quietest of three, and over headphones it does not.
   Source: Woods et al. 2017, "Headphone screening to facilitate web-based auditory experiments". */
const TRIALS = 6, ENOUGH = 5;
const TONE_HZ = 200, TONE_S = 1.0, RAMP_S = 0.1, GAP_S = 0.5;
const TONE_LEVEL = 0.1, QUIETER = 10 ** (-6 / 20);
let audioContext = null;
let tones = null;

function stopTones() {
  if (tones) { tones.stop(); tones = null; }
}

function playBuffer(fill, seconds) {
  stopSound();
  audioContext ??= new AudioContext();
  audioContext.resume();
  const rate = audioContext.sampleRate;
  const buffer = audioContext.createBuffer(2, Math.ceil(seconds * rate), rate);
  fill(buffer.getChannelData(0), buffer.getChannelData(1), rate);
  tones = audioContext.createBufferSource();
  tones.buffer = buffer;
  tones.connect(audioContext.destination);
  tones.start();
}

/* order: "quiet", "opposite" and "plain" as they are heard. */
function playTones(order) {
  playBuffer((left, right, rate) => {
    order.forEach((kind, index) => {
      const first = Math.round(index * (TONE_S + GAP_S) * rate);
      const level = TONE_LEVEL * (kind === "quiet" ? QUIETER : 1);
      for (let n = 0; n < TONE_S * rate; n += 1) {
        const time = n / rate;
        const ramp = Math.min(1, time / RAMP_S, (TONE_S - time) / RAMP_S);
        const value = level * ramp * Math.sin(2 * Math.PI * TONE_HZ * time);
        left[first + n] = value;
        right[first + n] = kind === "opposite" ? -value : value;
      }
    });
  }, 3 * TONE_S + 2 * GAP_S);
}

/* Pink noise about as loud as the clips: 26 dB below full scale in both channels. */
function playNoise() {
  playBuffer((left, right) => {
    const states = [0, 0, 0];
    let power = 0;
    for (let n = 0; n < left.length; n += 1) {
      const white = 2 * Math.random() - 1;
      states[0] = 0.99765 * states[0] + 0.099046 * white;
      states[1] = 0.963 * states[1] + 0.2965164 * white;
      states[2] = 0.57 * states[2] + 1.0526913 * white;
      left[n] = states[0] + states[1] + states[2] + 0.1848 * white;
      power += left[n] ** 2;
    }
    const gain = 10 ** (-26 / 20) / Math.sqrt(power / left.length || 1);
    left.forEach((value, n) => { left[n] = right[n] = gain * value; });
  }, 4);
}

function shuffled(values) {
  const left = [...values];
  const drawn = [];
  while (left.length) drawn.push(...left.splice(Math.floor(Math.random() * left.length), 1));
  return drawn;
}

function headphoneScreen(progress, onDone) {
  const result = { correct: 0, of: TRIALS, tries: (progress.headphones?.tries ?? 0) + 1 };
  let trial = 0;

  function next() {
    trial += 1;
    if (trial > TRIALS) return verdict();
    const order = shuffled(["quiet", "opposite", "plain"]);
    let heard = false;
    const problem = el("p", { class: "problem", role: "alert" });
    const answer = (index) => {
      if (!heard) { problem.textContent = "Play the three tones first."; return; }
      result.correct += order[index] === "quiet";
      next();
    };
    show(
      el("h1", {}, "Headphones check, " + trial + " of " + TRIALS),
      el("p", {}, "You hear three tones, one after another. Which one is the quietest?"),
      el("p", { class: "row" }, button("Play the three tones", () => { heard = true; playTones(order); }, "main")),
      el("p", { class: "row choices", role: "group", "aria-label": "The quietest tone is" },
        ...["First", "Second", "Third"].map((word, index) => button(word, () => answer(index)))),
      problem,
    );
  }

  function verdict() {
    progress.headphones = result;
    if (result.correct >= ENOUGH) return onDone();
    show(
      el("h1", {}, "These may not be headphones"),
      el("p", {}, "You found " + result.correct + " of " + TRIALS + " quiet tones. Over loudspeakers, or with "
        + "headphones that are worn loosely, this is what happens. Put on headphones, both sides, and try again."),
      el("p", { class: "row" },
        button("Try again", () => headphoneScreen(progress, onDone), "main"),
        button("Go on all the same", onDone)),
      el("p", { class: "quiet" }, "If you go on, your result is noted with your ratings."),
    );
  }

  next();
}
