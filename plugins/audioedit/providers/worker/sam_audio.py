"""The package of SAM-Audio, which separates and judges."""

from __future__ import annotations

from .installed import Package

WEIGHTS = "checkpoint.pt"
"""What its classes load from the folder of a checkpoint."""
GET = "pip install 'git+https://github.com/facebookresearch/sam-audio@<commit>'"
"""A commit after May 2026: before it, predicted spans changed nothing."""


def sam_audio(*classes: str) -> Package:
    """Return what a tool needs of the package."""
    mistaken = "PyPI's package of that name is an empty placeholder, not Meta's"
    return Package("sam_audio", "sam-audio", classes, GET, mistaken)
