import pytest


@pytest.fixture(scope="module")
def steady_video(tmp_path_factory):
    """One second at 25 frames per second."""
    from flat_videos import steady, write_video

    return write_video(tmp_path_factory.mktemp("video") / "a.mp4", steady(25, 25))
