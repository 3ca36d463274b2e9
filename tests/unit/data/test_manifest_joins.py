import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from audio_omni.core.config import parse_config
from audio_omni.core.data.manifest import ManifestOptions, ManifestSource
from audio_omni.core.data.manifest_entries import Entry
from audio_omni.core.data.manifest_joins import Join
from audio_omni.core.data.manifest_options import JoinOptions
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.tasks.editing.style_transfer import StyleTransfer
from audio_omni.tasks.voice_conversion import VoiceConversion
from hypothesis import given
from hypothesis import strategies as st

RATE = 8000


def write(folder, rows):
    for row in rows:
        t = np.arange(round(row["duration_s"] * RATE)) / RATE
        soundfile.write(folder / row["audio"], 0.3 * np.sin(2 * np.pi * row["hz"] * t), RATE)
    path = folder / "manifest.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def source(path, **options):
    where = "Options"
    return ManifestSource(path, parse_config(ManifestOptions, options, where=where))


def line(id_, hz, seconds=0.5, **fields):
    return {"id": id_, "audio": f"{id_}.flac", "hz": hz, "duration_s": seconds, **fields}


STYLE = {
    "filter": {"role": "target"},
    "field_map": {"target_category": "label"},
    "join": {
        "source_audio": {
            "same": ["pair"],
            "other": ["role"],
            "fields": {"source_category": "label", "instruction": "instruction"},
        }
    },
    "held_out_by": "pair",
}


@pytest.fixture
def styles(tmp_path):
    rows = []
    for i in range(6):
        told = {"pair": f"p{i}", "licence": "CC0-1.0", "attribution": "one"}
        words = {"instruction": "Transfer the flute to cello", "label": "flute"}
        rows.append(line(f"s{i}", 200 + i, role="source", **told, **words))
        told = {**told, "licence": "CC-BY-4.0", "attribution": "two"}
        rows.append(line(f"t{i}", 400 + i, role="target", label="cello", **told))
    return write(tmp_path, rows)


def test_two_lines_become_an_edit_with_its_source(styles):
    opened = source(styles, **STYLE)
    assert len(opened) == 6
    row = opened.row(2)
    example = StyleTransfer().to_example(row)
    assert example.payloads["prompt"].text == "Transfer the flute to cello"
    assert (row.fields["source_category"], row.fields["target_category"]) == ("flute", "cello")
    assert example.target.seconds == example.payloads["reference_audio"].waveform.seconds == 0.5
    assert not np.allclose(example.target.samples, row.media["source_audio"]().samples)
    assert row.licence == "CC-BY-4.0 AND CC0-1.0"
    assert row.attribution == "one; two"


def test_a_pair_of_unequal_lengths_is_refused(tmp_path):
    rows = [
        line("s", 200, 0.5, role="source", pair="p", label="flute", instruction="Make it a cello"),
        line("t", 400, 0.4, role="target", pair="p", label="cello"),
    ]
    row = source(write(tmp_path, rows), **STYLE).row(0)
    with pytest.raises(DataError, match=r"Row 't': its source lasts 0\.500 s and its target 0\.4"):
        StyleTransfer().to_example(row)


def test_a_row_without_a_partner_is_left_out(styles, tmp_path):
    lines = (tmp_path / "manifest.jsonl").read_text().splitlines()[1:]  # without s0
    (tmp_path / "manifest.jsonl").write_text("\n".join(lines) + "\n")
    opened = source(styles, **STYLE)
    assert [opened.row(i).id for i in range(len(opened))] == ["t1", "t2", "t3", "t4", "t5"]


CONVERSION = {
    "join": {
        "source_audio": {
            "same": ["sentence"],
            "other": ["speaker"],
            "fields": {"source_speaker": "speaker"},
        },
        "voice_audio": {
            "same": ["speaker"],
            "other": ["sentence"],
            "fields": {"voice_transcript": "transcript"},
            "longest_seconds": 0.4,
        },
    },
}


@pytest.fixture
def speech(tmp_path):
    rows = [
        line(
            f"{speaker}-{sentence}",
            100 * speaker,
            seconds=0.3 + 0.1 * (sentence % 3),
            speaker=f"v{speaker}",
            sentence=sentence,
            transcript=f"sentence {sentence}",
        )
        for speaker in (1, 2, 3)
        for sentence in range(8)
    ]
    return write(tmp_path, rows)


def test_parallel_sentences_become_voice_conversion(speech):
    opened = source(speech, **CONVERSION)
    assert len(opened) == 24
    for index in range(len(opened)):
        row = opened.row(index)
        fields = row.fields
        assert row.truth == {
            "speaker": fields["speaker"],
            "source_speaker": row.fields["source_speaker"],
        }
        assert fields["source_speaker"] != fields["speaker"]
        assert fields["voice_transcript"] != fields["transcript"]
        assert row.media["voice_audio"]().seconds <= 0.4
    example = VoiceConversion().to_example(opened.row(0))
    voice = opened.row(0).media["voice_audio"]().seconds
    assert example.skip_seconds == voice
    assert example.target.seconds == pytest.approx(voice + opened.row(0).audio().seconds)


def test_both_sides_of_the_hold_out_stay_apart(speech):
    opened = source(speech, **CONVERSION, held_out_fraction=0.4, held_out_by="sentence")
    sides = []
    for side in (opened, opened.held_out()):
        rows = [side.row(i) for i in range(len(side))]
        sides.append(
            {r.fields["transcript"] for r in rows} | {r.fields["voice_transcript"] for r in rows}
        )
    assert all(sides)
    assert not sides[0] & sides[1]


def test_partners_are_the_same_each_time_and_differ_from_row_to_row(speech):
    first, again = (source(speech, **CONVERSION) for _ in range(2))
    voices = [first.row(i).fields["voice_transcript"] for i in range(24)]
    assert voices == [again.row(i).fields["voice_transcript"] for i in range(24)]
    assert len(set(voices)) > 2


def test_a_join_by_a_field_that_no_line_has_is_refused(speech):
    wrong = {"join": {"source_audio": {"same": ["sentense"]}}}
    with pytest.raises(DataError, match=r"'sentense', which no line has; there are .*sentence"):
        source(speech, **wrong)
    with pytest.raises(ConfigError, match="same"):
        source(speech, join={"source_audio": {"same": []}})


def test_a_joined_line_without_audio_is_named(tmp_path):
    rows = [line("a", 200, pair=1, role="x"), line("b", 300, pair=1, role="y")]
    path = write(tmp_path, rows)
    text = json.dumps(rows[0]) + "\n" + json.dumps({**rows[1], "audio": None}) + "\n"
    (tmp_path / "manifest.jsonl").write_text(text)
    opened = source(path, join={"source_audio": {"same": ["pair"]}}, filter={"role": "x"})
    with pytest.raises(DataError, match=r"line 2 \(id 'b'\), field 'audio': got None"):
        opened.row(0)


fields = st.fixed_dictionaries({"g": st.integers(0, 2), "h": st.none() | st.integers(0, 2)})


@given(st.lists(st.tuples(fields, st.booleans()), min_size=1, max_size=12))
def test_a_partner_shares_what_must_be_shared_and_nothing_else(lines):
    entries = [
        Entry(f"line {i}", f"e{i}", {**f, "k": 0}, held_out)
        for i, (f, held_out) in enumerate(lines)
    ]
    join = Join("voice_audio", JoinOptions(same=["g"], other=["h"]), entries)
    for entry in entries:
        fitting = [
            other
            for other in entries
            if other is not entry
            and other.is_held_out == entry.is_held_out
            and other.fields["g"] == entry.fields["g"]
            and None not in (other.fields["h"], entry.fields["h"])
            and other.fields["h"] != entry.fields["h"]
        ]
        assert join.has_partner(entry) == bool(fitting)
        if fitting:
            partner = join.partner(entry)
            assert partner in fitting
            fewer = [e for e in entries if e in (entry, partner) or e not in fitting]
            assert Join("voice_audio", join.options, fewer).partner(replace(entry)) == partner
