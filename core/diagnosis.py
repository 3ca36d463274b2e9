"""What is installed, what fits together, and what is missing for which feature.

Every check imports one library in a child process, so that one broken library cannot hide the
state of the others (a torchaudio built for another torch takes transformers down with it).
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from .data.cache_folder import default_cache_folder, heard_folder, shard_files

Severity = Literal["ok", "missing", "broken"]

LIBRARIES: tuple[tuple[str, str, str, bool], ...] = (
    # (module, distribution, what needs it, needed by everything)
    ("torch", "torch", "everything that computes", True),
    ("torchaudio", "torchaudio", "resampling and spectrograms", True),
    ("torchvision", "torchvision", "the processors of the language model", True),
    ("transformers", "transformers", "the conditioner mllm", True),
    ("soundfile", "soundfile", "reading and writing clips", True),
    ("xformers.ops", "xformers", "fast attention on CUDA devices", False),
    ("mlflow", "mlflow", "tracking; install audio-omni[mlflow]", False),
    ("av", "av", "video, and audio in video containers; install audio-omni[data]", False),
    ("jieba", "jieba", "transcripts of speech; install audio-omni[speech]", False),
    ("pypinyin", "pypinyin", "transcripts of speech; install audio-omni[speech]", False),
    ("matplotlib", "matplotlib", "pictures in tracking; install audio-omni[mlflow]", False),
)
LOW_DISK_GIB = 5.0
STABLE_ABI = (2, 11)
"""From this release on a torchaudio works with every torch that is as new."""


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        subject: library, device or resource.
        state: ``"ok"``, ``"missing"`` or ``"broken"``.
        detail: version, or what is wrong and what to do.
        required: whether nothing works without it.
    """

    subject: str
    state: Severity
    detail: str
    required: bool = False


def diagnose() -> list[Finding]:
    """Return the state of Python, libraries, devices and disk."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        libraries = list(pool.map(lambda entry: _library(*entry), LIBRARIES))
    return [
        _python(),
        *libraries,
        *_pairs(),
        *_devices(),
        _disk(),
        _feature_cache(),
        _heard_cache(),
    ]


def _python() -> Finding:
    version = platform.python_version()
    fits = sys.version_info >= (3, 11)
    return Finding("python", "ok" if fits else "broken", f"{version} (3.11 or newer)", True)


def _library(module: str, distribution: str, purpose: str, required: bool) -> Finding:
    try:
        version = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return Finding(distribution, "missing", f"needed for {purpose}", required)
    error = _import_error(module)
    if error is None:
        return Finding(distribution, "ok", version, required)
    detail = f"{version} fails at import: {error}; needed for {purpose}"
    return Finding(distribution, "broken", detail, required)


def _import_error(module: str) -> str | None:
    child = subprocess.run(  # noqa: S603 (our own interpreter, a fixed module name)
        [sys.executable, "-c", f"import {module}"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if child.returncode == 0:
        return None
    lines = [line for line in child.stderr.strip().splitlines() if line.strip()]
    return lines[-1] if lines else f"exit status {child.returncode}"


def _pairs() -> Iterator[Finding]:
    """Torch and torchaudio share an ABI, a stable one from 2.11 on; before, releases go in pairs.

    Source: torchaudio 2.11, installation, compatibility matrix.
    """
    versions = {name: _version(name) for name in ("torch", "torchaudio")}
    torch, torchaudio = versions["torch"], versions["torchaudio"]
    if torch is None or torchaudio is None:
        return
    is_stable = min(_release(torch), _release(torchaudio)) >= STABLE_ABI
    if is_stable or _release(torch) == _release(torchaudio):
        yield Finding("torch + torchaudio", "ok", f"{torch} and {torchaudio} go together")
        return
    fitting = min(_release(torch), STABLE_ABI)
    yield Finding(
        "torch + torchaudio",
        "broken",
        f"torch {torch} and torchaudio {torchaudio} do not go together; transformers may fail with "
        f"them. Install torchaudio {fitting[0]}.{fitting[1]}, or what constraints.txt names.",
    )


def _release(version: str) -> tuple[int, int]:
    """Return the first two numbers of a version, of ``2.13.0+cpu`` (2, 13)."""
    first, second = version.split(".")[:2]
    return int(first), int(second)


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _devices() -> Iterator[Finding]:
    code = (
        "import torch\n"
        "print(torch.get_num_threads())\n"
        "for i in range(torch.cuda.device_count()):\n"
        "    p = torch.cuda.get_device_properties(i)\n"
        "    print(f'{p.name}, {p.total_memory / 2**30:.0f} GiB')\n"
    )
    child = subprocess.run(  # noqa: S603 (our own interpreter, fixed code)
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
    )
    if child.returncode != 0:
        return
    threads, *devices = child.stdout.strip().splitlines()
    yield Finding("cpu", "ok", f"{threads} thread{'s' * (threads != '1')}")
    for i, device in enumerate(devices):
        yield Finding(f"cuda:{i}", "ok", device)
    if not devices:
        yield Finding("cuda", "missing", "no device; training and generation run on the CPU")


def _disk() -> Finding:
    free = shutil.disk_usage(".").free / 2**30
    state: Severity = "ok" if free > LOW_DISK_GIB else "broken"
    advice = "" if state == "ok" else "; checkpoints may not fit, free some space"
    return Finding("disk", state, f"{free:.0f} GiB free here{advice}")


def _feature_cache() -> Finding:
    """Features of frozen networks: training fills the folder, which may always be removed."""
    return _weighed("feature cache", default_cache_folder())


def _heard_cache() -> Finding:
    """What metrics heard and measured: scoring fills the folder, which may always be removed."""
    return _weighed("cache of metrics", heard_folder())


def _weighed(what: str, folder: Path) -> Finding:
    shards = shard_files(folder)
    size = sum(shard.size for shard in shards) / 1e9
    detail = f"{size:.1f} GB in {len(shards)} files in {folder}; can be removed at any time"
    return Finding(what, "ok", detail if shards else f"nothing yet in {folder}")
