"""Rows of data sets: saved by the library, or as files that it reads; never from a network."""

import importlib.util
import io
import pickle

import numpy as np
import pyarrow.parquet
import pytest
import soundfile
from audio_omni.core.errors import DataError
from audio_omni.plugins.hf_datasets.config import HfOptions
from audio_omni.plugins.hf_datasets.source import HfSource

datasets = pytest.importorskip("datasets")
RATE, ROWS = 8000, 6


def flac(number):
    written = io.BytesIO()
    soundfile.write(written, np.full(800, number / 64, np.float32), RATE, format="FLAC")
    return written.getvalue()


@pytest.fixture(scope="module")
def table():
    columns = {
        "sound": [{"bytes": flac(i), "path": f"{i}.flac"} for i in range(ROWS)],
        "text": [f"sound {i}" for i in range(ROWS)],
        "kind": [i % 2 for i in range(ROWS)],
        "licence": ["CC0-1.0"] * ROWS,
    }
    table = datasets.Dataset.from_dict(columns).cast_column("sound", datasets.Audio())
    return table.cast_column("kind", datasets.ClassLabel(names=["dog", "bell"]))


@pytest.fixture(scope="module")
def saved(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "set"
    table.save_to_disk(str(folder))
    return folder


@pytest.fixture(scope="module")
def files(table, tmp_path_factory):
    """A folder of Parquet files, as many on the hub have them: two splits."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "data").mkdir()
    table.select(range(4)).to_parquet(str(folder / "data" / "train-00000-of-00001.parquet"))
    table.select(range(4, 6)).to_parquet(str(folder / "data" / "test-00000-of-00001.parquet"))
    return folder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


NAMES = {"audio": "sound", "caption": "text", "label": "kind"}


def source(path, **options):
    return HfSource(str(path), HfOptions(field_map=NAMES, **options))


def check_row(row, number):
    assert row.fields["caption"] == f"sound {number}"
    assert row.fields["label"] == ("dog", "bell")[number % 2]
    assert row.licence == "CC0-1.0"
    clip = row.audio()
    assert clip.sample_rate_hz == RATE
    assert np.allclose(clip.samples.numpy(), number / 64, atol=1e-4)


def test_rows_of_a_saved_set(saved):
    opened = source(saved)
    assert len(opened) == ROWS
    for number in range(ROWS):
        row = opened.row(number)
        assert row.id == f"train/{number}"
        check_row(row, number)


def test_rows_of_files_have_splits(files):
    train, test = source(files), source(files, split="test")
    assert (len(train), len(test)) == (4, 2)
    check_row(train.row(3), 3)
    check_row(test.row(0), 4)
    assert test.row(0).id == "test/0"
    assert len(source(files, split="train[:50%]")) == 2
    assert train.digest() != test.digest()


def test_options_are_those_of_a_manifest(saved):
    opened = source(saved, filter={"label": "dog"}, held_out_fraction=0.5)
    rows = [s.row(i) for s in (opened, opened.held_out()) for i in range(len(s))]
    assert {row.fields["caption"] for row in rows} == {"sound 0", "sound 2", "sound 4"}


def test_the_source_and_its_loaders_travel_to_data_workers(saved):
    opened = pickle.loads(pickle.dumps(source(saved)))
    check_row(opened.row(5), 5)
    loader = pickle.loads(pickle.dumps(opened.row(2).audio))
    assert np.allclose(loader().samples.numpy(), 2 / 64, atol=1e-4)


def test_sound_beside_the_table_is_read_by_its_path(tmp_path):
    (tmp_path / "3.flac").write_bytes(flac(3))
    columns = {"sound": [str(tmp_path / "3.flac")], "text": ["sound 3"]}
    table = datasets.Dataset.from_dict(columns).cast_column("sound", datasets.Audio())
    (tmp_path / "set").mkdir()
    # The library's own writers put the bytes into the table.
    pyarrow.parquet.write_table(table.data.table, tmp_path / "set" / "train.parquet")
    row = source(tmp_path / "set").row(0)
    assert np.allclose(row.audio().samples.numpy(), 3 / 64, atol=1e-4)
    (tmp_path / "3.flac").unlink()
    with pytest.raises(DataError, match=r"id 'train/0'\), field 'audio'.*3\.flac does not exist"):
        row.audio()


def test_what_the_library_lacks_is_said_in_its_words(tmp_path):
    """It reads folders of sound through a library of its own; a manifest needs none."""
    pytest.importorskip("datasets", minversion="4.0")
    if importlib.util.find_spec("torchcodec"):
        pytest.skip("torchcodec is installed")
    (tmp_path / "1.flac").write_bytes(flac(1))
    with pytest.raises(DataError, match="please install 'torchcodec'"):
        HfSource(str(tmp_path), HfOptions())


def test_a_set_that_is_not_here_is_not_fetched_unasked(monkeypatch):
    asked, load = [], datasets.load_dataset

    def recording(*words, **options):
        asked.append(datasets.config.HF_HUB_OFFLINE)
        return load(*words, **options)

    monkeypatch.setattr(datasets, "load_dataset", recording)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    with pytest.raises(DataError, match=r"is not on this machine .*download to true.*hf download"):
        source("acme/no-such-set")
    assert asked == [True]
    assert datasets.config.HF_HUB_OFFLINE is False


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "test"}, "without splits or configurations"),
        ({"config_name": "large"}, "without splits or configurations"),
        ({"folder": "/data"}, "knows where its files are"),
    ],
)
def test_options_that_do_not_fit_are_refused(saved, options, message):
    with pytest.raises(DataError, match=message):
        source(saved, **options)


def test_an_unknown_split_is_named(files):
    with pytest.raises(DataError, match=r"(?i)unknown split .*valid"):
        source(files, split="valid")
