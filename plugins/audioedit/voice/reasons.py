"""Why recordings are rejected: codes, and what they mean."""

from __future__ import annotations

REASONS: dict[str, str] = {
    "broken_line": "the line is no JSON object",
    "repeated_line": "the same line as another one, which counts",
    "duplicate_id": "lines that differ have the same id, and nobody can say which one is meant",
    "no_path": "the line names no file",
    "no_text": "the line has no transcript with a word in it",
    "text_damaged": "the transcript is not UTF-8: some of its characters are lost",
    "no_speaker": "the line does not say who speaks",
    "unknown_split": "the split is none of train, validation, test; not read: fields.split=null",
    "speaker_in_two_splits": "lines of the speaker name more than one split",
    "other_split": "the speaker is not of the split that pairs are made of",
    "no_consent": "nobody says that the speaker agreed to have the voice imitated and edited",
    "licence_unknown": "the licence is not told, or what it allows is not known",
    "licence_forbids": "the licence allows no derivatives",
    "missing": "the file is not there",
    "undecodable": "the file cannot be decoded, or ends early",
    "not_finite": "a sample is NaN or infinite",
    "silent": "nothing above −60 dBFS",
    "clipped": "three samples in a row at full scale, or more than 1 % of them",
    "dc_offset": "a mean beyond ±0.05",
    "too_short": "shorter than utterance_seconds allows",
    "too_long": "longer than utterance_seconds allows",
    "low_rate": "sampled lower than least_rate_hz",
    "narrow_band": "sampled high, with nothing above a lower rate's band: under least_occupied_hz",
    "noisy": "an estimate of signal to noise under least_snr_db",
    "snr_unknown": "too few frames with sound to estimate signal to noise",
    "duplicate_recording": "the samples of another line; of several, the one with the first id "
    "counts, and none if their speakers differ",
    "sex_not_told": "the line does not say female or male, and pairs are balanced by it",
    "no_partner": "no other speaker of the language has a recording that fits as a voice",
    "no_word_times": "the aligner gave no times of words",
    "other_words": "the word times are not those of the transcript",
    "too_many_words": "more letters than the recording has frames",
    "words_do_not_fit": "word times that overlap, do not rise, or leave the recording",
    "no_edit": "too few words to change one and keep others, or it lasts longer than it may",
    "provider": "the aligner could not do it",
}
"""Code → what it means; shown in reports."""
