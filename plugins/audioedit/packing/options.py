"""Options of the source ``audioedit:``; imports no torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ....core.data.manifest_options import ManifestOptions


class AudioEditOptions(ManifestOptions):
    """Which pairs; also as a query: ``audioedit:DIR?task=add,remove&licence=CC0-1.0``."""

    task: list[Literal["add", "remove", "extract", "style"]] | None = Field(
        default=None, description="Edits to read; left out: all."
    )
    branch: Literal["synth", "real"] | None = Field(
        default=None, description="Pairs of one branch; left out: both."
    )
    split: Literal["train", "validation", "test"] = Field(
        default="train", description="Which pairs; `validation` is the hold-out of `train`."
    )
    commercial: bool = Field(
        default=False, description="Whether to read only pairs that commercial use is open to."
    )
    licence: list[str] | None = Field(
        default=None,
        min_length=1,
        description="Read only pairs all of whose recordings are under one of these licences, "
        "such as CC0-1.0; left out: any.",
    )
    words: Literal["stored", "redraw"] = Field(
        default="stored",
        description="Whether training reads instructions as they are stored, or worded anew in "
        "every epoch. Wordings that are held out are never drawn.",
    )
    lang: list[str] | None = Field(
        default=None,
        min_length=1,
        description="With words: redraw, languages to draw from; left out: the pair's own.",
    )
    words_files: list[str] = Field(
        default_factory=list, description="With words: redraw, files of further languages."
    )
    words_more: list[str] = Field(
        default_factory=list, description="With words: redraw, files of reviewed wordings."
    )
    wording: Literal["seen", "held_out"] | None = Field(
        default=None,
        description="Read only pairs that are worded as in training, or as training never is: a "
        "test set's slice for robustness. Left out: both.",
    )
    latents: str | None = Field(
        default=None,
        pattern="^(auto|[0-9a-f]{16})$",
        description="Read targets as latents that `audioedit encode` made: by the codec of this "
        "key, or `auto`: by the model's. Left out: targets are encoded as they are drawn.",
    )
    timed: bool = Field(
        default=True,
        description="Whether to read pairs whose instruction says when, as in `the dog near 5 "
        "seconds`: of a crop that is untrue.",
    )
