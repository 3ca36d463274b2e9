"""Rows of tar shards: written by the library that the form comes from, read by number."""

import io
import pickle
import tarfile

import numpy as np
import pytest
import soundfile
from audio_omni.core.data.manifest_options import ManifestOptions
from audio_omni.core.errors import DataError
from audio_omni.core.media.video import sample_frames
from audio_omni.plugins.shards.paths import shard_paths
from audio_omni.plugins.shards.source import ShardSource
from hypothesis import given, settings
from hypothesis import strategies as st

RATE = 8000


def flac(number, seconds=0.2):
    samples = np.full(round(seconds * RATE), number / 64, np.float32)
    written = io.BytesIO()
    soundfile.write(written, samples, RATE, format="FLAC")
    return written.getvalue()


def source(path, **options):
    return ShardSource(str(path), ManifestOptions(**options))


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Two shards of three samples each, as WebDataset itself writes them."""
    webdataset = pytest.importorskip("webdataset")
    folder = tmp_path_factory.mktemp("shards")
    for shard in range(2):
        with webdataset.TarWriter(str(folder / f"train-00{shard}.tar")) as sink:
            for i in range(3):
                number = 3 * shard + i
                sink.write(
                    {
                        "__key__": f"{number:06d}",
                        "flac": flac(number),
                        "source_audio.flac": flac(number + 32),
                        "json": {"licence": "CC0-1.0", "label": "even" if i % 2 else "odd"},
                        "txt": f"sound {number}",
                        "npy": b"left alone",
                    }
                )
    return folder


def test_rows_are_those_that_were_written(shards):
    opened = source(shards / "train-{000..001}.tar")
    assert len(opened) == 6
    for number in range(6):
        row = opened.row(number)
        assert row.id == f"train-00{number // 3}/{number:06d}"
        assert row.fields["caption"] == f"sound {number}"
        assert set(row.fields) == {"caption", "licence", "label"}
        assert row.licence == "CC0-1.0"
        clip = row.audio()
        assert clip.sample_rate_hz == RATE
        assert np.allclose(clip.samples.numpy(), number / 64, atol=1e-4)
        assert np.allclose(
            row.media["source_audio"]().samples.numpy(), (number + 32) / 64, atol=1e-4
        )


def test_options_are_those_of_a_manifest(shards):
    opened = source(
        shards / "train-*.tar",
        filter={"label": "odd"},
        field_map={"prompt": "caption"},
        held_out_fraction=0.5,
    )
    kept, apart = opened, opened.held_out()
    assert len(kept) + len(apart) == 4
    rows = [s.row(i) for s in (kept, apart) for i in range(len(s))]
    assert {row.fields["prompt"] for row in rows} == {f"sound {i}" for i in (0, 2, 3, 5)}
    assert source(shards / "train-000.tar").digest() != source(shards / "train-001.tar").digest()


def test_shards_travel_to_data_workers(shards):
    opened = pickle.loads(pickle.dumps(source(shards / "train-000.tar")))
    assert np.allclose(opened.row(2).audio().samples.numpy(), 2 / 64, atol=1e-4)
    loader = pickle.loads(pickle.dumps(opened.row(1).audio))
    assert loader().sample_rate_hz == RATE


def test_a_film_is_read_from_inside_the_shard(tmp_path):
    av = pytest.importorskip("av")
    film = tmp_path / "film.mkv"
    with av.open(str(film), "w") as container:
        pictures = container.add_stream("mpeg4", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        for k in range(20):
            pixels = np.full((48, 64, 3), 12 * k, np.uint8)
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(pictures.encode())
    row = source(write_tar(tmp_path / "films.tar", [("one.mkv", film.read_bytes())])).row(0)
    film.unlink()
    assert row.fields["video"].endswith("films.tar:one.mkv")
    clip = pickle.loads(pickle.dumps(row.media["video"]()))
    assert clip.seconds == pytest.approx(2.0)
    frames = sample_frames(clip, fps=5.0, seconds=2.0)
    assert frames.shape[0] == 10
    assert frames.float().mean(dim=(1, 2, 3)).diff().gt(0).all()


def write_tar(path, members):
    with tarfile.open(path, "w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@settings(max_examples=20, deadline=None)
@given(cut=st.integers(600, 12_000))
def test_a_shard_that_is_cut_off_gives_what_is_whole(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("cut")
    members = [(f"{i}.flac", flac(i, 0.5)) for i in range(6)]
    whole = source(write_tar(folder / "whole.tar", members))
    data = (folder / "whole.tar").read_bytes()[:cut]
    (folder / "cut.tar").write_bytes(data)
    opened = source(folder / "cut.tar")
    for i in range(len(opened)):
        member = whole.entry(i).fields["audio"]
        if member.offset + member.size <= cut:
            assert np.allclose(opened.row(i).audio().samples.numpy(), i / 64, atol=1e-4)
        else:
            with pytest.raises(DataError, match=r"the shard is cut off\. Copy it again"):
                opened.row(i).audio()
    assert 1 <= len(opened) <= 6


def test_a_shard_that_vanishes_after_it_was_opened_is_named(tmp_path):
    path = write_tar(tmp_path / "a.tar", [("0.flac", flac(0))])
    row = source(path).row(0)
    path.unlink()
    with pytest.raises(DataError, match=r"a\.tar cannot be read: No such file"):
        row.audio()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("readme", b"x")], "holds no sample; expected members like 000001.flac"),
        ([("0.json", b"{")], r"sample 0: 0\.json is not valid JSON"),
        ([("0.json", b"[1]")], r"0\.json holds list; expected one JSON object"),
        ([("0.json", b'{"id": 1}'), ("1.json", b'{"id": 1}')], "id '1' was used before"),
    ],
)
def test_what_is_wrong_with_a_shard_is_said(tmp_path, members, message):
    with pytest.raises(DataError, match=message):
        source(write_tar(tmp_path / "a.tar", members))


def test_a_broken_clip_is_a_broken_row_and_no_more(tmp_path):
    opened = source(write_tar(tmp_path / "a.tar", [("0.flac", b"noise" * 99), ("1.flac", flac(1))]))
    with pytest.raises(DataError, match=r"sample 0 \(id 'a/0'\), field 'audio': .*a\.tar:0\.flac"):
        opened.row(0).audio()
    assert opened.row(1).audio().sample_rate_hz == RATE


def test_what_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "a.tar"
    path.write_bytes(b"not a tar" * 200)
    with pytest.raises(DataError, match="is no tar archive that can be read"):
        source(path)
    with tarfile.open(tmp_path / "b.tar", "w:gz") as archive:
        archive.add(path, "0.txt")
    with pytest.raises(DataError, match=r"Unpack a \.tar\.gz to \.tar first"):
        source(tmp_path / "b.tar")


def test_a_folder_option_makes_no_sense(tmp_path):
    with pytest.raises(DataError, match="a shard holds its own files"):
        source(tmp_path / "a.tar", folder=str(tmp_path))


def test_braces_and_patterns_name_shards(tmp_path):
    names = ["a-08.tar", "a-09.tar", "a-10.tar", "b-8.tar"]
    for name in names:
        (tmp_path / name).touch()

    def named(locator):
        return [path.name for path in shard_paths(str(tmp_path / locator))]

    assert named("a-{08..10}.tar") == names[:3]
    assert named("{a-10,b-8}.tar") == ["a-10.tar", "b-8.tar"]
    assert named("?-*.tar") == names
    assert named("b-{8..8}.tar") == ["b-8.tar"]
    with pytest.raises(DataError, match=r"1 of 4 shards do not exist, first .*a-11\.tar"):
        named("a-{08..11}.tar")
    with pytest.raises(DataError, match=r"nothing matches .*c-\*\.tar"):
        named("c-*.tar")
