"""Small films, with noise for sound."""

import numpy as np

RATE = 16000


def write_film(path, seed, seconds=5.2, heard=True):
    """Blocks that change their colours at every frame, at 25 frames per second."""
    import av

    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 48, 32, "yuv420p"
        track = container.add_stream("aac", rate=RATE, layout="mono") if heard else None
        for _ in range(round(25 * seconds)):
            pixels = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode())
        if track is not None:
            noise = (0.1 * rng.standard_normal((1, int(RATE * seconds)))).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(noise, "fltp", "mono")
            frame.sample_rate, frame.pts = RATE, 0
            container.mux([*track.encode(frame), *track.encode()])
    return path
