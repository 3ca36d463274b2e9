"""Options of the real branch. Every threshold is ours, to be calibrated; none is the paper's."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ....core.config import Config
from ..choosing import IngredientSource, ProviderConfig

RealTask = Literal["add", "remove", "extract"]
RealEdit = Literal["add", "remove", "extract", "style"]
MixtureMode = Literal["original", "recomposed", "subtract"]


class ClipRules(Config):
    """What a recording has to be like (spec sections 3.0 and 3.1)."""

    least_seconds: float = Field(
        default=9.5, gt=0, description="Shorter recordings are rejected; up to a clip's length "
        "they are padded with silence."
    )  # fmt: skip
    least_bandwidth_hz: float = Field(
        default=4000.0, ge=0, description="99.5 % of the energy must not lie below."
    )
    drop_speech: bool = Field(default=False, description="Whether clips with speech are rejected.")
    drop_faint: bool = Field(default=True, description="Whether faint sources are left out.")
    most_sources: int = Field(default=5, ge=1, le=5, description="Sources of a clip at most.")


class SeparationRules(Config):
    """What is asked of a separation (spec section 3.2)."""

    hint_seconds: float = Field(
        default=1.0,
        ge=0,
        description="Length of the span that an onset of the label becomes; 0 passes none on.",
    )
    least_si_sdr_db: float = Field(
        default=3.0, description="Of target + residual against the clip."
    )
    least_subtract_si_sdr_db: float = Field(
        default=15.0, description="The same, where the residual is clip − target."
    )
    batch: int = Field(default=8, gt=0, description="Items that the separator is given at once.")


class ActivityRules(Config):
    """What has to sound, and how loud (spec section 3.3)."""

    target_dbfs: float = Field(default=-50.0, description="Least of the target's loudest 250 ms.")
    target_seconds: float = Field(default=0.5, ge=0, description="Least activity of the target.")
    target_share: float = Field(default=0.05, ge=0, le=1, description="The same, of the clip.")
    residual_dbfs: float = Field(default=-55.0, description="Least of the residual's loudest.")
    residual_share: float = Field(default=0.10, ge=0, le=1, description="Least activity of it.")
    faintest_lu: float = Field(default=-20.0, description="Least loudness over the residual's.")
    loudest_lu: float = Field(default=25.0, description="Most loudness over the residual's.")
    least_overlap: float = Field(
        default=0.2, ge=0, le=1, description="IoU with the row's own spans, where it has any."
    )


class Thresholds(Config):
    """Ceilings and floors of the raw cosine; good for one checkpoint only (spec section 3.4)."""

    weights_sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="Of the scorer that they were calibrated with."
    )
    target: float = Field(description="τ1: least cosine of the target with its phrase.")
    over_residual: float = Field(description="δ1: least lead over the residual's.")
    over_chance: float = Field(description="δ2: least lead over the three nearest other phrases.")
    labelled_sha256: str | None = Field(
        default=None, description="Of the verdicts that they were calibrated on."
    )


class SemanticRules(Config):
    """Which separations are what they are called: by thresholds, or the best of each family."""

    thresholds: Thresholds | None = Field(
        default=None, description="From `calibrate`; left out: a fraction of each family is kept."
    )
    keep_fraction: float = Field(
        default=0.144, gt=0, le=1, description="Best of each family by S1 + S2; the paper's amount."
    )
    negatives: int = Field(
        default=64, ge=3, le=100, description="Phrases of other families to compare."
    )
    swapped: float = Field(
        default=0.1,
        ge=0,
        description="Lead of the residual's cosine from which target and residual are swapped.",
    )
    swapped_share: float = Field(
        default=0.5, gt=0, le=1, description="Share of a part that stops the stage if swapped."
    )
    batch: int = Field(default=8, gt=0, description="Items that the scorer is given at once.")


class JudgeThresholds(Config):
    """Floors of a judge's scores; good for one checkpoint only, like those of the scorer."""

    weights_sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="Of the judge that they were chosen for: `checkpoint` in `scores.judge`.",
    )
    least: dict[str, float] = Field(
        min_length=1, description="Axis → least score, such as {overall: 3.0}."
    )


class JudgeRules(Config):
    """A model that judges separations; what people say of pairs is another matter."""

    provider: ProviderConfig = Field(description="What judges.")
    thresholds: JudgeThresholds | None = Field(
        default=None, description="Left out: scores are recorded, and nothing is rejected."
    )


class StyleChecks(Config):
    """What a style edit has to be like (spec section 3.8)."""

    reach: float = Field(default=0.05, description="Least gain of the cosine with the new sound.")
    onset_correlation: float = Field(default=0.5, description="Of onset envelopes, best lag.")
    most_lag_ms: float = Field(default=40.0, gt=0, description="Of that lag.")
    pitch_semitones: float = Field(
        default=1.0, gt=0, description="Most median change modulo octaves, of what is tonal."
    )
    spill_db: float = Field(default=-25.0, description="Most energy outside of the spans.")
    bandwidth_loss: float = Field(default=0.3, ge=0, le=1, description="Most loss of roll-off.")
    level_db: float = Field(default=3.0, gt=0, description="Most change of loudness either way.")


class StyleConfig(Config):
    """Style transfer: one sound turned into another, in place (spec sections 3.6 – 3.8)."""

    writer: ProviderConfig = Field(
        default_factory=lambda: ProviderConfig(name="table_style_words"),
        description="What suggests sounds.",
    )
    editor: ProviderConfig = Field(description="What turns one sound into another.")
    candidates: int = Field(default=16, gt=0, description="Words to ask for.")
    most_words: int = Field(default=12, gt=0, description="Words of an item at most.")
    likeness: tuple[float, float] = Field(
        default=(0.35, 0.90), description="Range of the cosine of old and new word."
    )
    most_share: float = Field(
        default=0.02, gt=0, le=1, description="Of all pairs that may have one (old, new)."
    )
    share_from: int = Field(
        default=1000, gt=0, description="Pairs from which that share is minded."
    )
    blocked: tuple[str, ...] = Field(
        default=("gunshot", "gunfire", "shooting", "scream", "moan", "orgasm", "fart", "vomit",
                 "bomb", "explosion"),
        description="Words that no new sound may have.",
    )  # fmt: skip
    checks: StyleChecks = Field(default_factory=StyleChecks, description="What an edit must keep.")

    @model_validator(mode="after")
    def _rises(self) -> StyleConfig:
        if not -1 <= self.likeness[0] < self.likeness[1] <= 1:
            raise ValueError(f"likeness {self.likeness} is not a rising range within −1…1")
        return self


class RealConfig(Config):
    """The real branch: scenes taken apart by sound (paper section 3)."""

    scenes: list[IngredientSource] = Field(min_length=1, description="Recordings.")
    tasks: tuple[RealTask, ...] = Field(
        default=("add", "remove", "extract"), description="Edits to make of every item."
    )
    labeler: ProviderConfig = Field(
        default_factory=lambda: ProviderConfig(name="dataset_labeler"),
        description="What names the sources in a clip.",
    )
    locator: ProviderConfig | None = Field(
        default=None,
        description="What finds a sound's place for the separator, where the row gives no spans, "
        "like pe_audio; left out: only an onset of its label tells.",
    )
    separator: ProviderConfig = Field(description="What takes a clip apart.")
    activity: ProviderConfig = Field(
        default_factory=lambda: ProviderConfig(name="energy"), description="Where a part sounds."
    )
    scorer: ProviderConfig = Field(
        default_factory=lambda: ProviderConfig(name="clap"),
        description="What compares sounds and words.",
    )
    mixture_mode: MixtureMode = Field(
        default="original",
        description="original: the scene is the recording, the residual a model's (the paper's). "
        "recomposed: the scene is target + residual, so that pairs are exact. subtract: the "
        "residual is recording − target, so that pairs are exact where phases agree.",
    )
    clips: ClipRules = Field(default_factory=ClipRules, description="Which recordings are used.")
    separation: SeparationRules = Field(
        default_factory=SeparationRules, description="Which separations are used."
    )
    activity_rules: ActivityRules = Field(
        default_factory=ActivityRules, description="Which parts sound enough."
    )
    semantic: SemanticRules = Field(
        default_factory=SemanticRules, description="Which parts are what they are called."
    )
    judge: JudgeRules | None = Field(
        default=None, description="A model that judges what semantic kept; left out: none."
    )
    style: StyleConfig | None = Field(default=None, description="Style transfer; left out: none.")
    quotas: dict[RealEdit, Annotated[int, Field(gt=0)]] = Field(
        default_factory=dict,
        description="Edit → most pairs of it, those of the test split not counted; by how much "
        "there are fewer is told. Left out: all there are.",
    )
    allow_mixed: bool = Field(
        default=False,
        description="Whether another labeler may go on where one has begun; each pair tells whose "
        "label it has.",
    )
    swap_guard: bool = Field(
        default=True,
        description="Whether the report tries to tell separated tracks from recordings by their "
        "sound alone.",
    )

    @model_validator(mode="after")
    def _makes_something(self) -> RealConfig:
        if not self.tasks and self.style is None:
            raise ValueError("no edit is chosen; name tasks, or configure style")
        able = {*self.tasks, *(["style"] if self.style is not None else [])}
        if strange := sorted(self.quotas.keys() - able):
            raise ValueError(f"quotas name {', '.join(strange)}, which the branch does not make")
        return self
