"""The stages of the real branch, in order."""

from __future__ import annotations

from ..config import AudioEditConfig
from ..stages.pipeline import Step
from .activity import ActivityStage
from .assemble import AssembleStage
from .index import IndexStage
from .judge import JudgeCheckStage, JudgeStage
from .label import ExpandStage, LabelStage
from .remix import RemixStage
from .score import ScoreStage
from .semantic import SemanticStage
from .separate import SeparateStage
from .style_edit import StyleCheckStage, StyleEditStage
from .style_words import StyleCapStage, StyleWordsStage

BRANCH = "real"


def real_steps(config: AudioEditConfig) -> list[Step]:
    """Return the stages of the branch: ``assemble`` ends add, remove, extract; ``remix`` style."""
    assert config.real is not None  # noqa: S101 - the branch exists
    by_rank = config.real.semantic.thresholds is None
    steps = [
        Step(IndexStage, BRANCH),
        Step(LabelStage, BRANCH, upstream="index"),
        Step(ExpandStage, BRANCH, upstream="label"),
        Step(SeparateStage, BRANCH, upstream="expand"),
        Step(ActivityStage, BRANCH, upstream="separate"),
        Step(ScoreStage, BRANCH, upstream="activity"),
        Step(SemanticStage, BRANCH, upstream="score", tables=("score",) if by_rank else ()),
    ]
    if config.real.judge is not None:
        steps.append(Step(JudgeStage, BRANCH, upstream="semantic"))
        if config.real.judge.thresholds is not None:
            steps.append(Step(JudgeCheckStage, BRANCH, upstream="judge"))
    separated = steps[-1].name
    if config.real.tasks:
        steps.append(Step(AssembleStage, BRANCH, upstream=separated))
    if config.real.style is not None:
        steps += [
            Step(StyleWordsStage, BRANCH, upstream=separated),
            Step(StyleCapStage, BRANCH, upstream="style_words", tables=("style_words",)),
            Step(StyleEditStage, BRANCH, upstream="style_cap"),
            Step(StyleCheckStage, BRANCH, upstream="style_edit"),
            Step(RemixStage, BRANCH, upstream="style_check"),
        ]
    return steps
