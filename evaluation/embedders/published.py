"""Which public checkpoints the networks have, where they are found, and how they are recognised."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import UnknownNameError, suggestion


@dataclass(frozen=True)
class Published:
    """A checkpoint that others published.

    Attributes:
        network: our name of it, and of its converted file.
        file: its published name.
        record: where it is found, in words and as an address.
        sha256: how the SHA-256 of the published file begins, where its name tells.
        md5: how its MD5 begins, where its authors say.
        extra: a second published file that may be converted with it, or nothing.
    """

    network: str
    file: str
    record: str
    sha256: str = ""
    md5: str = ""
    extra: str = ""

    @property
    def converted(self) -> str:
        """Return the name of the file that is looked for."""
        return f"{self.network}.safetensors"

    def matches(self, path: Path) -> bool | None:
        """Tell whether a file is the published one by its digest; `None` where none is known."""
        if self.sha256:
            return _digest(path, "sha256").startswith(self.sha256)
        return _digest(path, "md5").startswith(self.md5) if self.md5 else None

    def how_to_get(self, folder: str) -> str:
        """Return what to fetch, how to convert it and where to put it, in words."""
        return (
            f"Fetch {self.file} ({self.record}), then run `audio-omni metrics convert "
            f"{self.file} -o {folder}/{self.converted}`"
        )


PANNS = "Zenodo record 3987831, https://zenodo.org/records/3987831"
TORCHVGGISH = (
    "release v0.1 of harritaylor/torchvggish, "
    "https://github.com/harritaylor/torchvggish/releases/tag/v0.1"
)

MMAUDIO = (
    "release v0.1 of hkchengrex/MMAudio, https://github.com/hkchengrex/MMAudio/releases/tag/v0.1"
)

PUBLISHED: Mapping[str, Published] = {
    own.network: own
    for own in (
        Published("cnn14_16k", "Cnn14_16k_mAP=0.438.pth", PANNS),
        Published("cnn14_32k", "Cnn14_mAP=0.431.pth", PANNS),
        Published(
            "vggish",
            "vggish-10086976.pth",
            TORCHVGGISH,
            sha256="10086976",
            extra="vggish_pca_params-970ea276.pth",
        ),
        Published("synchformer", "synchformer_state_dict.pth", MMAUDIO, md5="5b2f5594b0730f70"),
    )
}
"""By our name of the network."""


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        made = hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False))
    return made.hexdigest()


def published_as(network: str) -> Published:
    """Return the checkpoint of a network.

    Raises:
        UnknownNameError: lists the known names.
    """
    if network not in PUBLISHED:
        raise UnknownNameError(
            f"Got the network '{network}'; expected one of {', '.join(PUBLISHED)}."
            f"{suggestion(network, PUBLISHED)}"
        )
    return PUBLISHED[network]
