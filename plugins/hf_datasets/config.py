"""Options of the source ``hf``."""

from __future__ import annotations

from pydantic import Field

from ...core.data.manifest_options import ManifestOptions


class HfOptions(ManifestOptions):
    """Which part of a data set, and how its rows are read: the latter as those of a manifest."""

    split: str = Field(
        default="train", description="Split, also a slice of one, like train[:1000]."
    )
    config_name: str | None = Field(
        default=None, description="Configuration of the data set, if it has several."
    )
    revision: str | None = Field(default=None, description="Commit, tag or branch on the hub.")
    download: bool = Field(
        default=False, description="Fetch the data set from the hub if this machine lacks it."
    )
