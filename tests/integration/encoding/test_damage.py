"""Encoded rows that are damaged, and rows that were broken before they were encoded."""

import json
import shutil

import pytest
import torch
from audio_omni.core.encoding.ahead import encode_ahead
from audio_omni.core.errors import DataError
from audio_omni.core.training.session import train

from .runs import OPEN, SHARDS, SHORT, assert_same, contents, losses, tensors


def test_a_shard_that_is_cut_off_is_named_and_made_anew(recipe, host, shards, tmp_path):
    rows = tmp_path / "rows"
    shutil.copytree(shards, rows)
    shard = rows / "000-text_to_audio" / "000001.tar"
    shard.write_bytes(shard.read_bytes()[:-2000])
    asked = recipe(f"loader.encoded={rows}")
    with pytest.raises(DataError, match=r"000001\.tar has \d+ of its \d+ bytes.*data encode"):
        train(asked, host, tmp_path / "run")
    outcome = encode_ahead(recipe(), OPEN, rows, **SHARDS)
    assert outcome.written == 1
    assert "000001.tar has" in outcome.damaged[0]
    assert contents(rows) == contents(shards)
    (rows / "001-text_to_music" / "000001.json").unlink()
    with pytest.raises(DataError, match="1 of 2 shards of soundworld:music as text_to_music are"):
        train(asked, host, tmp_path / "run")


def test_a_row_whose_bytes_have_changed_is_a_broken_row(recipe, host, shards, tmp_path):
    rows = tmp_path / "rows"
    shutil.copytree(shards, rows)
    for shard in rows.glob("*/*.tar"):
        data = bytearray(shard.read_bytes())
        data[5000] ^= 1
        shard.write_bytes(data)
    with pytest.raises(DataError, match=r"broken rows.*\.tar is damaged or cut off at row"):
        train(recipe(f"loader.encoded={rows}"), host, tmp_path / "run")
    assert encode_ahead(recipe(), OPEN, rows, **SHARDS).written == 7


@pytest.fixture
def clips(tmp_path):
    """A manifest of six clips: one is longer than the model's, one is no sound."""
    from audio_omni.core.media.audio import save_waveform
    from audio_omni.core.media.waveform import Waveform

    generator = torch.Generator().manual_seed(0)
    lines = []
    for i in range(6):
        seconds = 5 if i == 2 else 1
        noise = 0.1 * torch.randn(1, seconds * 16000, generator=generator)
        save_waveform(Waveform(noise, 16000), tmp_path / f"{i}.wav")
        lines.append(json.dumps({"id": f"clip{i}", "audio": f"{i}.wav", "caption": f"noise {i}"}))
    (tmp_path / "4.wav").write_bytes(b"no sound")
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    return f"mixture.sources=[{{uri: 'manifest:{tmp_path}/rows.jsonl', task: text_to_audio}}]"


def test_broken_and_long_rows(micro, host, clips, tmp_path):
    few = (*SHORT, clips, "train.steps=4", "loader.crop=start")
    rows = tmp_path / "rows"
    with pytest.raises(DataError, match=r"1 rows are broken.*clip4"):
        encode_ahead(micro(*few), OPEN, rows, **SHARDS)
    told = []
    outcome = encode_ahead(
        micro(*few, "loader.max_skipped=9"),
        OPEN,
        rows,
        **SHARDS,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert (outcome.rows, outcome.broken, outcome.cut, outcome.written) == (6, 1, 1, 0)
    assert told[-1] == (6, 6)
    with pytest.raises(DataError, match=r"1 broken rows \(1 × \w+\).*clip4"):
        train(micro(*few, f"loader.encoded={rows}"), host, tmp_path / "refused")
    shutil.move(tmp_path / "0.wav", tmp_path / "away.wav")  # the sounds are not needed
    encoded = (f"loader.encoded={rows}", "loader.max_skipped=9")
    train(micro(*few, *encoded), host, tmp_path / "encoded")
    shutil.move(tmp_path / "away.wav", tmp_path / "0.wav")
    train(micro(*few, "loader.max_skipped=9"), host, tmp_path / "live")
    assert len(losses(tmp_path / "live")) == 4
    assert_same(tensors(tmp_path / "live"), tensors(tmp_path / "encoded"), tolerance=1e-5)
    anew = (*few, "loader.max_skipped=9", "loader.crop=random")
    assert encode_ahead(micro(*anew), OPEN, tmp_path / "anew", **SHARDS).cut == 1
