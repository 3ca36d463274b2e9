"""The source ``mixed``: rows for add, remove and extract (and style transfer, from recipes)."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel

from ...core.data.cut import cut_truth
from ...core.data.manifest import ManifestSource
from ...core.data.manifest_options import ManifestOptions
from ...core.errors import ConfigError, DataError, suggestion
from ...core.media.waveform import Waveform
from ...core.source import DataSource, Row
from .config import MixedOptions
from .drawing import VERBS, Drawer, clips_of
from .mixer import Pair, render
from .recipes import read_recipes
from .spec import PairSpec, PlacedEvent, captions_of, scene_caption

RECIPES = "recipes"


class MixedSource(DataSource):
    """Pairs that are planned when a row is read, and rendered when its audio is opened.

    The hold-out is drawn from recordings that no training pair contains. Of recipes, it is those
    whose edited event is a held-out recording; those that have one beside it are left out.
    """

    config: ClassVar[type[BaseModel]] = MixedOptions

    def __init__(self, locator: str, options: BaseModel) -> None:
        """Index manifests or recipes.

        Raises:
            ConfigError: for an unknown locator, or options that name nothing to mix.
            DataError: for a broken manifest or recipe.
        """
        assert isinstance(options, MixedOptions)  # noqa: S101 - open_source validates them
        self.options = options
        self.locator = locator
        self._prefix = locator
        self._drawer: Drawer | None = None
        self._specs: list[PairSpec] = []
        self._held_out: MixedSource | None = None
        self._digest = hashlib.blake2b(
            f"{locator} {options.model_dump_json()}".encode(), digest_size=12
        ).hexdigest()
        if locator == RECIPES:
            self._open_recipes()
        elif locator in VERBS:
            self._open_manifests()
        else:
            raise ConfigError(
                f"Unknown 'mixed:{locator}'.{suggestion(locator, [*VERBS, RECIPES])} Expected one "
                f"of {', '.join([*VERBS, RECIPES])}."
            )

    def __len__(self) -> int:
        """Return the number of pairs."""
        if self._drawer is None:
            return len(self._specs)
        return (
            self.options.held_out_rows if self._prefix.startswith("held-out") else self.options.rows
        )

    def spec(self, index: int) -> PairSpec:
        """Return the plan of a pair.

        Raises:
            DataError: for a number outside the source.
        """
        if not 0 <= index < len(self):
            raise DataError(f"mixed:{self.locator} has {len(self)} rows; asked for {index}.")
        if self._drawer is None:
            return self._specs[index]
        return self._drawer.spec(index, self._prefix)

    def row(self, index: int) -> Row:
        """Return row ``index``; rendering waits until its audio is opened."""
        spec = self.spec(index)
        rendering = Rendering(spec)
        return Row(
            id=spec.id,
            fields=_fields(spec),
            audio=rendering.target,
            media={"source_audio": rendering.source},
            licence=spec.licence,
            attribution=spec.attribution,
            truth=_truth(spec),
        )

    def digest(self) -> str:
        """Return a hash of options and manifests (not of the audio)."""
        return self._digest

    def licences(self) -> tuple[str, ...]:
        """Return the distinct licences of the recordings, sorted."""
        if self._drawer is None:
            return tuple(sorted({spec.licence for spec in self._specs if spec.licence}))
        clips = (*self._drawer.events, *self._drawer.backgrounds)
        return tuple(sorted({clip.licence for clip in clips if clip.licence}))

    def held_out(self) -> MixedSource | None:
        """Return pairs of held-out recordings, or `None` when nothing is held out."""
        return self._held_out

    def _open_recipes(self) -> None:
        specs = read_recipes(self.options)
        is_kept_back = self._kept_back()
        kept_back = [s for s in specs if any(map(is_kept_back, s.edited))]
        heard = [s for s in specs if not any(map(is_kept_back, (*s.events, *s.edited)))]
        self._specs = heard
        self._extend_digest([repr(specs)])
        if kept_back:
            self._held_out = self._sibling()
            self._held_out._specs = kept_back

    def _kept_back(self) -> Callable[[PlacedEvent], bool]:
        """Return what tells events that training must not hear.

        Where the manifests of their recordings are named, those say so, as they do for other
        sources that read them; else it is decided by the names of the files.
        """
        if not self.options.events:
            fraction = self.options.held_out_fraction
            return lambda event: _hash_fraction(Path(event.file).name) < fraction
        manifests = self._manifests(self.options.events)
        self._extend_digest([manifest.digest() for manifest in manifests])
        held_out = [m for manifest in manifests if (m := manifest.held_out()) is not None]
        files = {m.audio_path(i) for m in held_out for i in range(len(m))}
        return lambda event: Path(event.file) in files

    def _open_manifests(self) -> None:
        pools = {"events": self.options.events, "backgrounds": self.options.backgrounds}
        for name, paths in pools.items():
            if not paths:
                raise ConfigError(
                    f"Source 'mixed:{self.locator}' needs the option '{name}': manifests to mix."
                )
        manifests = [self._manifests(paths) for paths in pools.values()]
        self._extend_digest([m.digest() for pool in manifests for m in pool])
        self._drawer = self._draw_from(*manifests)
        held_out = [[h for m in pool if (h := m.held_out()) is not None] for pool in manifests]
        if all(held_out):
            self._held_out = self._sibling()
            self._held_out._drawer = self._draw_from(*held_out)

    def _manifests(self, paths: Sequence[str]) -> list[ManifestSource]:
        options = ManifestOptions(
            field_map=self.options.field_map,
            held_out_fraction=self.options.held_out_fraction,
            held_out_by=self.options.held_out_by,
        )
        return [ManifestSource(path.removeprefix("manifest:"), options) for path in paths]

    def _draw_from(
        self, events: Sequence[ManifestSource], backgrounds: Sequence[ManifestSource]
    ) -> Drawer:
        pools = clips_of(events, active_only=True), clips_of(backgrounds, active_only=False)
        if not all(pools):
            raise DataError(f"mixed:{self.locator}: no event or no background is left to mix.")
        return Drawer(self.locator, self.options, *pools)

    def _sibling(self) -> MixedSource:
        sibling = copy.copy(self)
        sibling._held_out = None
        sibling._prefix = f"held-out-{self.locator}"
        sibling._digest = f"{self._digest}-held-out"
        return sibling

    def _extend_digest(self, parts: Sequence[str]) -> None:
        text = " ".join([self._digest, *parts])
        self._digest = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


class Rendering:
    """A pair that is rendered once, whichever of its clips is opened first."""

    def __init__(self, spec: PairSpec) -> None:
        """Keep the plan."""
        self.spec = spec
        self._pair: Pair | None = None

    def source(self) -> Waveform:
        """Return the recording to edit."""
        return self.pair().source

    def target(self) -> Waveform:
        """Return the recording that the edit should give."""
        return self.pair().target

    def pair(self) -> Pair:
        """Return both; renders them the first time."""
        if self._pair is None:
            self._pair = render(self.spec)
        return self._pair


def _fields(spec: PairSpec) -> dict[str, Any]:
    event = spec.event
    before, after = captions_of(spec)
    fields: dict[str, Any] = {
        "caption": scene_caption(spec, spec.events),
        "source_caption": before,
        "target_caption": after,
        "instruction": spec.instruction,
        "description": event.caption,
        "duration_s": spec.kept_seconds,
    }
    if spec.replacement is not None:
        fields |= {"source_category": event.caption, "target_category": spec.replacement.caption}
    return {**fields, "licence": spec.licence, "attribution": spec.attribution}


def _truth(spec: PairSpec) -> dict[str, Any]:
    whole = {
        "events": [event.truth() for event in spec.events],
        "span": [[event.onset_s, event.onset_s + event.length_s] for event in spec.edited],
        "label": spec.event.label,
    }
    return cut_truth(whole, *(spec.window_s or (0.0, spec.seconds)))


def _hash_fraction(text: str) -> float:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64
