"""A folder of feature caches that together take no more room than they may."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from .cache_folder import HEARD_GB, make_room
from .feature_cache import FeatureCache

GB = 10**9
logger = logging.getLogger("audio_omni.cache")


@dataclass(frozen=True)
class BoundedFolder:
    """Opens caches below a folder; after each shard the longest unused ones go, if need be.

    Can be pickled: several processes may write, and what one removed another computes again.

    Attributes:
        path: the folder.
        most_gb: what it may hold, in 10^9 bytes.
        setting: what a user sets that with, for messages.
    """

    path: Path
    most_gb: float = HEARD_GB
    setting: str = "--cache-gb"

    def open(self, name: str) -> FeatureCache:
        """Return the cache of a name.

        Raises:
            OSError: if its folder cannot be made.
        """
        return FeatureCache(self.path / name, on_write=self.keep_within)

    def keep_within(self) -> None:
        """Remove the longest unused shards, and say which."""
        for shard in make_room(self.path, round(self.most_gb * GB)):
            logger.warning(
                "Removed %s (%.0f MB), the longest unused file of the feature cache, to keep it "
                "within %.1f GB; %s sets that.",
                shard.path,
                shard.size / 1e6,
                self.most_gb,
                self.setting,
            )
