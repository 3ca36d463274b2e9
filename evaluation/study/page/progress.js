/* What a rater has done so far, kept in this browser until the ratings are saved. */
const study = JSON.parse(find("study").textContent);
const SCALES = Object.keys(study.orders[0]);

const placeOf = (rater) => "audio-omni-study/" + study.study + "/" + rater;

const fresh = (rater) => ({
  rater, step: 0, started: null, finished: null, headphones: null, comment: "", ratings: {},
});

function stored(rater) {
  try {
    const found = JSON.parse(localStorage.getItem(placeOf(rater)));
    return found && found.rater === rater ? { ...fresh(rater), ...found } : null;
  } catch {
    return null;
  }
}

function keep(progress) {
  try {
    localStorage.setItem(placeOf(progress.rater), JSON.stringify(progress));
    return true;
  } catch {
    return false;
  }
}

function forget(rater) {
  try {
    localStorage.removeItem(placeOf(rater));
  } catch { /* nothing was kept */ }
}

const ratingOf = (progress, scale, clip) =>
  (progress.ratings[scale + "/" + clip] ??= { value: null, plays: 0, heard: false });

function exported(progress) {
  const ratings = [];
  for (const scale of SCALES) {
    for (const [item, clips] of study.orders[progress.rater - 1][scale]) {
      clips.forEach((clip, index) => {
        const { value, plays } = ratingOf(progress, scale, clip);
        ratings.push({ scale, item, clip, value, plays, place: index + 1 });
      });
    }
  }
  const { rater, started, finished, headphones, comment } = progress;
  return { format: study.format, study: study.study, rater, started, finished, headphones, comment, ratings };
}
