"""Which public checkpoints the networks have, where they are found, and how they are recognised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...core.errors import UnknownNameError, suggestion


@dataclass(frozen=True)
class Published:
    """A checkpoint that others published.

    Attributes:
        network: our name of it, and of its converted file.
        file: its published name.
        record: where it is found, in words and as an address.
        sha256: how the SHA-256 of the published file begins, where its name tells.
        extra: a second published file that may be converted with it, or nothing.
    """

    network: str
    file: str
    record: str
    sha256: str = ""
    extra: str = ""

    @property
    def converted(self) -> str:
        """Return the name of the file that is looked for."""
        return f"{self.network}.safetensors"

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
    )
}
"""By our name of the network."""


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
