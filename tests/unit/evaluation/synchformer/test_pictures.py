"""What the branch sees: the frames that ffmpeg's own filter gives, and the middle of each."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from audio_omni.core.errors import MediaError
from audio_omni.core.media.video import VideoClip, load_video
from audio_omni.evaluation.embedders.synchformer.pictures import middle_square, square_frames

av = pytest.importorskip("av", reason="videos are read with PyAV (extra data)")

SIDE = 32


def numbered(count):
    """Pictures whose rows of blocks spell their number: no codec's error can change it."""
    bits = (np.arange(count)[:, None] >> np.arange(8)) & 1
    pixels = (40 + 170 * bits[:, :, None]).repeat(4, axis=1).repeat(SIDE, axis=2)
    return pixels[..., None].repeat(3, axis=-1).astype(np.uint8)


def read_number(pixels):
    """The number that a picture (32, 32) spells."""
    rows = np.asarray(pixels, float).reshape(8, 4, -1).mean(axis=(1, 2)) > 125
    return int((rows * (1 << np.arange(8))).sum())


def write_video(path, fps, count):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width = stream.height = SIDE
        stream.pix_fmt, stream.bit_rate = "yuv420p", 10**7
        for pixels in numbered(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def filtered(path):
    """The numbers of all frames that ffmpeg's filter `fps=25` makes of a video."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        graph = av.filter.Graph()
        parts = [
            graph.add_buffer(template=stream),
            graph.add("fps", "fps=25"),
            graph.add("format", "pix_fmts=rgb24"),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*parts).configure()
        found = []
        for frame in [*container.decode(stream), None]:
            graph.push(frame)
            while True:
                try:
                    found.append(read_number(graph.pull().to_ndarray(format="rgb24")[..., 0]))
                except (av.error.BlockingIOError, av.error.EOFError):
                    break
        return found


@pytest.mark.parametrize("fps", [24, 25, 30, Fraction(30000, 1001), 50, 60, 12, 10])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_frames_are_those_of_ffmpegs_filter(tmp_path, fps, suffix):
    path = write_video(tmp_path / f"a{suffix}", fps, min(240, round(8 * fps)))
    clip = load_video(path)
    found = [read_number(one[0]) for one in square_frames(clip, 3.2, SIDE)]
    assert len(found) == 80
    assert found == filtered(path)[:80]


def test_a_video_that_ends_early_gives_the_frames_that_it_has():
    clip = VideoClip.of_frames(numbered(90), 30.0)
    assert square_frames(clip, 8.0, SIDE).shape == (75, 3, SIDE, SIDE)
    assert square_frames(VideoClip.of_frames(numbered(1), 50.0), 8.0, SIDE).shape[0] == 1


@pytest.mark.parametrize(("height", "width"), [(48, 96), (96, 48), (20, 20), (33, 45)])
def test_the_shorter_side_is_scaled_and_the_middle_is_kept(height, width):
    """As av-bench composes it: Resize(side, bicubic), CenterCrop(side)."""
    from torchvision.transforms import v2

    frames = torch.randint(0, 256, (2, 3, height, width), dtype=torch.uint8)
    bicubic = v2.InterpolationMode.BICUBIC
    wanted = v2.Compose([v2.Resize(SIDE, interpolation=bicubic), v2.CenterCrop(SIDE)])(frames)
    found = middle_square(frames, SIDE)
    assert found.shape == (2, 3, SIDE, SIDE)
    assert torch.equal(found, wanted)
    alone = middle_square(frames[:1], SIDE)
    assert torch.equal(alone[0], found[0])


def test_a_file_that_is_no_video_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"no video at all")
    with pytest.raises(MediaError, match=r"a\.mp4"):
        square_frames(load_video(path), 8.0, SIDE)
