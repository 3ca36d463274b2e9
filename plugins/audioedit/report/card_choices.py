"""What the makers of a data set chose, as sentences of its card: all that the paper leaves open."""

from __future__ import annotations

from collections.abc import Iterator

from ..config import AudioEditConfig, Range, SynthesisConfig
from ..real.config import RealConfig, SemanticRules
from ..words.instructions import templates


def chosen(config: AudioEditConfig) -> list[str]:
    """Return one sentence for each choice; none of them names a path."""
    lines = []
    if config.synthesis is not None:
        lines += [f"Scenes: {line}" for line in _of_scenes(config.synthesis)]
    if config.real is not None:
        lines += [f"Recordings taken apart: {line}" for line in _of_recordings(config.real)]
    return [*lines, *_of_words(config)]


def _of_scenes(synthesis: SynthesisConfig) -> Iterator[str]:
    level = synthesis.level
    total = sum(synthesis.events.values())
    shares = ", ".join(f"{n}: {share / total:.0%}" for n, share in sorted(synthesis.events.items()))
    warper = synthesis.warper.name if synthesis.warper and synthesis.warps else "none"
    yield f"events a scene {shares}; onsets uniform over where they fit."
    yield (
        f"pitch {_range(synthesis.pitch_semitones)} semitones, length × "
        f"{_range(synthesis.stretch)}, by the warper `{warper}`."
    )
    yield (
        f"SNR {_range(synthesis.snr_db)} LU: loudness of an event over its own duration less that "
        "of the whole background (ITU-R BS.1770)."
    )
    yield (
        f"backgrounds keep their level within {_range(level.natural_lufs)} LUFS, moved by "
        f"{level.most_gain_db:g} dB at most."
        if level.mode == "natural"
        else f"backgrounds are at {level.fixed_lufs:g} LUFS."
    )
    yield f"{synthesis.bandwidth_jitter:.0%} of scenes under one low-pass of 4–16 kHz."
    yield (
        "one scene gives a pair of each edit."
        if synthesis.share_scenes
        else "each scene gives one pair."
    )
    scorer = synthesis.conflict_scorer
    yield "no background names the edited sound in its words" + (
        "." if scorer is None else f", or sounds like it to `{scorer.name}`."
    )


def _of_recordings(real: RealConfig) -> Iterator[str]:
    clips, split, active = real.clips, real.separation, real.activity_rules
    yield (
        f"named by `{real.labeler.name}`, taken apart by `{real.separator.name}`, compared by "
        f"`{real.scorer.name}`; mixture_mode {real.mixture_mode}."
    )
    yield (
        f"clips of {clips.least_seconds:g} s and more, bandwidth from "
        f"{clips.least_bandwidth_hz:g} Hz; separations from {split.least_si_sdr_db:g} dB SI-SDR."
    )
    yield (
        f"activity: target from {active.target_dbfs:g} dBFS, {active.target_seconds:g} s and "
        f"{active.target_share:.0%}; residual from {active.residual_dbfs:g} dBFS and "
        f"{active.residual_share:.0%}; loudness {active.faintest_lu:g} … {active.loudest_lu:g} LU "
        f"over the residual; overlap with a row's spans from {active.least_overlap:g}."
    )
    yield _semantic(real.semantic)
    if (style := real.style) is not None:
        checks = ", ".join(f"{name} {value:g}" for name, value in style.checks)
        yield (
            f"style: words by `{style.writer.name}`, edits by `{style.editor.name}`, cosine of "
            f"old and new word {_range(style.likeness)}; {checks}."
        )


def _semantic(rules: SemanticRules) -> str:
    if (known := rules.thresholds) is None:
        return f"semantic filter: the best {rules.keep_fraction:.1%} of each family by S1 + S2."
    verdicts = known.labelled_sha256
    return (
        f"semantic filter: S1 ≥ {known.target:g}, S2 ≥ {known.over_residual:g}, S3 ≥ "
        f"{known.over_chance:g}, for weights {known.weights_sha256[:12]}"
        + (f", calibrated on verdicts {verdicts[:12]}." if verdicts else ", not calibrated.")
    )


def _of_words(config: AudioEditConfig) -> Iterator[str]:
    for language in config.languages:
        known = templates(language)
        counts = [len(wordings) for wordings in known.values()]
        held = [sum(t.held_out for t in wordings) for wordings in known.values()]
        yield (
            f"Wordings in `{language}`: {min(counts)} of each edit, {min(held)} of them for the "
            "test split alone; `record` has the slots, to word them anew."
        )
    yield ("What baselines that are told the result are given: `source_caption`, `target_caption`.")


def _range(values: Range) -> str:
    return f"{values[0]:g} … {values[1]:g}"
