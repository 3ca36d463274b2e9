import tarfile

import pytest
import torch
from audio_omni.core.data.packing import pack
from audio_omni.core.encoding.index import Entry, read_index
from audio_omni.core.encoding.reading import EncodedRows, check_bytes, read_record
from audio_omni.core.encoding.shard import EncodedRow, shard_paths, write_shard
from audio_omni.core.errors import DataError, MediaError


def encoded(number, frames=5):
    values = {
        "task": "hum",
        "key": f"hum/{number}",
        "samples": 10 * frames,
        "latent": torch.full((2, frames), float(number)),
        "features": {"prompt": [torch.arange(number + 1), None, "word"], "source": None},
        "skip": 0,
    }
    return EncodedRow(number, packed=pack(values, "row"), fields={"id": str(number), "é": 1.5})


def broken(number):
    return EncodedRow(number, broken=("MediaError", f"row {number} is no sound"))


def entry(rows):
    facts = {"folder": "000-hum", "uri": "n:", "task": "hum", "options": {}, "digest": "d"}
    return Entry(**facts, licences=[], source_rows=rows, rows=rows)


@pytest.fixture
def folder(tmp_path):
    """Seven rows in shards of four; row 5 is broken."""
    own = tmp_path / "000-hum"
    own.mkdir()
    for number, rows in enumerate(entry(7).shards(4)):
        made = (broken(row) if row == 5 else encoded(row) for row in rows)
        write_shard(own, number, rows, made)
    return tmp_path


def test_rows_come_back_bit_for_bit(folder):
    rows = EncodedRows(folder, entry(7), 4)
    for number in (6, 0, 3, 4):
        example = rows.example(number)
        assert torch.equal(example.latent, torch.full((2, 5), float(number)))
        assert torch.equal(example.features["prompt"][0], torch.arange(number + 1))
        assert example.features["prompt"][1:] == [None, "word"]
        assert example.features["source"] is None
        assert (example.task, example.key, example.samples) == ("hum", f"hum/{number}", 50)
    with pytest.raises(MediaError, match=r"^row 5 is no sound$"):
        rows.example(5)


def test_a_shard_is_a_plain_tar_archive(folder):
    with tarfile.open(folder / "000-hum" / "000001.tar") as archive:
        assert archive.getnames() == [
            *("00000004.safetensors", "00000004.json", "00000005.json"),
            *("00000006.safetensors", "00000006.json"),
        ]
        assert archive.extractfile("00000006.json").read().decode() == '{"id": "6", "é": 1.5}'
        assert {(m.mtime, m.uid, m.uname) for m in archive} == {(0, 0, "")}


def test_equal_rows_are_equal_bytes(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    record = write_shard(other, 0, range(4), map(encoded, range(4)))
    for path in shard_paths(other, 0):
        assert path.read_bytes() == (folder / "000-hum" / path.name).read_bytes()
    assert record == read_record(other, 0, range(4))
    check_bytes(other, 0, record)


def test_nothing_is_left_of_a_shard_that_fails(folder):
    def rows():
        yield encoded(0)
        raise ValueError("here")

    before = sorted(path.name for path in (folder / "000-hum").iterdir())
    with pytest.raises(ValueError, match="here"):
        write_shard(folder / "000-hum", 5, range(2), rows())
    assert sorted(path.name for path in (folder / "000-hum").iterdir()) == before


def test_a_full_disk_is_told_of(folder, monkeypatch):
    def full(_path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("audio_omni.core.encoding.shard.file_sha256", full)
    with pytest.raises(DataError, match=r"000005\.tar: No space left.*written before stays"):
        write_shard(folder / "000-hum", 5, range(1), [encoded(0)])
    assert not list((folder / "000-hum").glob("*.part"))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda tar, _: tar.write_bytes(tar.read_bytes()[:700]), r"tar has 700 of its \d+ bytes"),
        (lambda tar, _: tar.unlink(), r"tar has 0 of its \d+ bytes: it was cut off"),
        (lambda _, record: record.write_text("{"), r"000001\.json is damaged"),
        (lambda _, record: record.write_text("{}"), "field 'first' is required"),
        (lambda _, record: record.unlink(), "1 of 2 shards of n: as hum are not encoded yet"),
    ],
)
def test_what_is_wrong_with_a_shard_is_said_before_a_run(folder, harm, message):
    harm(*shard_paths(folder / "000-hum", 1))
    with pytest.raises(DataError, match=message):
        EncodedRows(folder, entry(7), 4)


def test_records_of_other_rows_are_refused(folder):
    with pytest.raises(DataError, match="is of 3 rows from 4; expected 2 from 4"):
        EncodedRows(folder, entry(6), 4)


def test_bytes_that_change_later_are_told_with_their_row(folder):
    rows = EncodedRows(folder, entry(7), 4)
    archive, _ = shard_paths(folder / "000-hum", 0)
    data = bytearray(archive.read_bytes())
    data[600] ^= 1
    archive.write_bytes(data)
    with pytest.raises(DataError, match=r"000000\.tar is damaged or cut off at row 0"):
        rows.example(0)
    record = read_record(folder / "000-hum", 0, range(4))
    with pytest.raises(DataError, match="has changed: its sha256 is"):
        check_bytes(folder / "000-hum", 0, record)
    archive.unlink()
    with pytest.raises(DataError, match=r"000000\.tar cannot be read: No such file"):
        rows.example(1)


def test_an_index_of_another_version_is_refused(tmp_path):
    assert read_index(tmp_path) is None
    for text, message in (
        ("[", "cannot be read"),
        ('{"format": "later"}', "has the format 'later'"),
    ):
        (tmp_path / "encoded.json").write_text(text)
        with pytest.raises(DataError, match=message):
            read_index(tmp_path)
