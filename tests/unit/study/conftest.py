"""A small study, and raters who answer it as they are told."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_omni.evaluation.study.key import load_key
from audio_omni.evaluation.study.making import make_study
from audio_omni.evaluation.study.request import StudyRequest

RATES = {"reference": 22050, "ours": 22050, "theirs": 16000}
IDS = ("dog", "rain", "street/car", "wind")


def write_clips(folder: Path, ids=IDS, rate=22050, noise=0.0, seconds=0.6) -> Path:
    for number, name in enumerate(ids):
        rng = np.random.default_rng(number)
        samples = 0.05 * rng.standard_normal(int(seconds * rate)) + noise
        path = folder / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples, rate)
    return folder


@pytest.fixture(name="write_clips")
def _write_clips():
    return write_clips


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> dict[str, Path]:
    """Folders of clips by name, among them ``reference``."""
    root = tmp_path_factory.mktemp("clips")
    return {name: write_clips(root / name, rate=rate) for name, rate in RATES.items()}


@pytest.fixture(scope="session")
def prompts(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("prompts") / "prompts.jsonl"
    rows = [{"id": name, "caption": f"The sound of </script> {name}"} for name in IDS]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="session")
def made(folders, prompts, tmp_path_factory):
    """Two systems and references, four items, six raters, both scales."""
    pytest.importorskip("pyloudnorm", reason="levels are measured with pyloudnorm (extra eval)")
    request = StudyRequest(
        systems={name: folders[name] for name in ("ours", "theirs")},
        reference=folders["reference"],
        prompts=prompts,
        raters=6,
        seed=987654321,
    )
    return make_study(request, tmp_path_factory.mktemp("study") / "out")


@pytest.fixture
def key(made):
    return load_key(made.key_path)


@pytest.fixture
def answer(key, tmp_path):
    """A function that writes the ratings of a rater; ``value(scale, clip key)`` gives each."""

    def write(rater, value, *, name=None, **changes) -> Path:
        rows = [
            {"scale": scale, "item": clip.item, "clip": code, "value": value(scale, clip)}
            | {"plays": 1, "place": 1}
            for scale in key.scales
            for code, clip in key.clips.items()
        ]
        content = {
            "format": "audio-omni.ratings.v1",
            "study": key.study,
            "rater": rater,
            "started": None,
            "finished": None,
            "headphones": {"correct": 6, "of": 6, "tries": 1},
            "comment": "",
            "ratings": rows,
        }
        path = tmp_path / (name or f"rater-{rater}.json")
        path.write_text(json.dumps(content | changes))
        return path

    return write
