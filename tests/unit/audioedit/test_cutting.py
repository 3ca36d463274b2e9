"""Where recordings are cut: silent ends go, and gaps part events (section 4.2)."""

import json

import numpy as np
import pytest
import soundfile
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.sound.cutting import events, is_usable, trimmed
from hypothesis import given, settings
from hypothesis import strategies as st
from small_pairs import CATALOG, config

RATE = 16000
MARGIN = 80
"""5 ms."""


def sounding(*parts):
    """Samples of (seconds, level) one after another, a square wave of that level."""
    pieces = []
    for seconds, level in parts:
        count = round(seconds * RATE)
        pieces.append(level * np.where(np.arange(count) // 20 % 2, 1.0, -1.0))
    return np.concatenate(pieces).astype(np.float32)


def test_what_is_within_60_db_of_the_peak_stays_with_margins_of_5_ms():
    samples = sounding((0.5, 0), (0.1, 0.0011 * 0.5), (1.0, 0.5), (0.2, 0.0009 * 0.5), (0.5, 0))
    assert trimmed(samples, RATE) == (8000 - MARGIN, 8000 + 1600 + 16000 + MARGIN)
    whole = sounding((1.0, 0.5))
    assert trimmed(whole, RATE) == (0, RATE)
    assert trimmed(np.zeros(100, np.float32), RATE) == (0, 0)


@given(st.floats(0.01, 0.8), st.floats(1e-4, 0.02))
@settings(max_examples=40, deadline=None)
def test_gaps_of_300_ms_under_45_db_part_events(gap, floor):
    samples = sounding((0.2, 0.5), (gap, 0.5 * floor), (0.3, 0.5))
    if abs(gap - 0.3) < 0.01 or abs(20 * np.log10(floor) + 45) < 0.1:
        return
    parts = events(samples, RATE)
    is_gap = gap > 0.3 and 20 * np.log10(floor) < -45
    assert len(parts) == (2 if is_gap else 1)
    assert parts[0][0] == 0
    assert parts[-1][1] == len(samples)
    if is_gap:
        silent = round(gap * RATE)
        assert parts == [
            (0, 3200 + MARGIN), (3200 + silent - MARGIN, 3200 + silent + 4800)
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "level", "usable"),
    [(0.05, 0.5, True), (0.049, 0.5, False), (1.0, 0.011, True), (1.0, 0.009, False)],
)
def test_short_and_quiet_events_are_of_no_use(seconds, level, usable):
    assert is_usable(sounding((seconds, level)), RATE) is usable


def test_a_recording_gives_one_item_or_one_for_each_event(tmp_path):
    """With ``use: single_event`` three barks are three sounds; a click of 20 ms is none."""
    folder = tmp_path / "sounds"
    folder.mkdir()
    barks = sounding((0.2, 0.4), (0.5, 0), (0.3, 0.3), (0.5, 0), (0.02, 0.4), (0.5, 0), (0.1, 0.2))
    soundfile.write(folder / "barks.wav", barks, RATE, subtype="PCM_24")
    row = {"id": "barks", "audio": "barks.wav", "label": "dog", "licence": "CC0-1.0"}
    (folder / "manifest.jsonl").write_text(json.dumps(row) + "\n")
    found = {}
    for use in ("whole_trimmed", "single_event"):
        chosen = config()
        synthesis = chosen.synthesis.model_copy(
            update={
                "use": use,
                "foreground": [
                    chosen.synthesis.foreground[0].model_copy(
                        update={"uri": f"manifest:{folder / 'manifest.jsonl'}", "options": {}}
                    )
                ],
            }
        )
        chosen = chosen.model_copy(
            update={"synthesis": synthesis, "split": chosen.split.model_copy(
                update={"validation_fraction": 0.0})}
        )  # fmt: skip
        made = make(tmp_path / use, chosen, CATALOG)
        cuts = {
            (round(i.start_s, 2), i.sha256)
            for record in made.records
            for i in record.provenance.ingredients
            if i.role == "event"
        }
        found[use] = sorted(start for start, _ in cuts)
    assert found["whole_trimmed"] == [0.0]
    assert found["single_event"] == pytest.approx([0.0, 0.7, 2.02], abs=0.011)
