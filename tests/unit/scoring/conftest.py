import json
from functools import partial

import numpy as np
import pytest
import soundfile
from audio_omni.core.config import parse_config
from audio_omni.evaluation.scoring.config import ScoreOptions
from audio_omni.evaluation.scoring.scoring import score
from audio_omni.plugins.manager import build_plugin_manager

PLUGINS = ("band_embedder", "band_sets")
RATE = 8000

open_host = partial(build_plugin_manager, extra_modules=PLUGINS, entry_points=False)


def sound(seed, seconds=1.0, rate=RATE, gain=0.1, channels=1):
    rng = np.random.default_rng(seed)
    samples = gain * rng.standard_normal((int(rate * seconds), channels))
    return np.clip(samples, -1, 1)


def write(path, samples, rate=RATE):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path


@pytest.fixture
def sets(tmp_path):
    """Two folders of four clips each, half of them in a folder of their own."""
    for i in range(4):
        name = f"clip{i}.wav" if i % 2 else f"part/clip{i}.wav"
        target = sound(i, gain=0.04 * (i + 1))
        write(tmp_path / "ref" / name, target)
        write(tmp_path / "gen" / name, target + sound(10 + i, gain=0.01 * (i + 1)))
    return tmp_path


@pytest.fixture
def measure(tmp_path):
    """A function that scores the two folders, with options by name."""

    def run(
        metrics="lsd,si_sdr,band_distance", *, processes=1, cache="cache", cache_gb=1.0, **options
    ):
        policies = {k: options.pop(k) for k in list(options) if k in POLICIES}
        values = {
            "metrics": metrics.split(","),
            "generated": tmp_path / "gen",
            "reference": tmp_path / "ref",
            "policies": policies,
            **options,
        }
        parsed = parse_config(ScoreOptions, values, where="Options")
        how = {"processes": processes, "cache_gb": cache_gb}
        return score(parsed, open_host, tmp_path / cache, **how).report

    return run


POLICIES = ("channels", "sample_rate_hz", "durations", "cut_seconds", "level")


@pytest.fixture(scope="session")
def scoring_host():
    return open_host()


def plain(report):
    """What must not change with the order of files, the cache or the number of processes."""
    values = report.to_dict()
    del values["made"], values["request"]
    for one in values["sets"].values():
        del one["path"]
    return values


def table(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
