"""Plans pairs for voice conversion: whose words, in whose voice (spec section 7.2)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..seeds import fraction
from ..testset.strata import shares
from .config import ConversionConfig
from .records import PlannedPair, pair_id
from .screening import Heard
from .utterances import Rejection
from .word_changes import plain_words

ANY = "any"
SEXES = ("female", "male")
Cell = tuple[str, str]
"""Sex of who says the words, and of the voice to say them with."""


@dataclass(frozen=True)
class Planned:
    """Pairs, and what became of the recordings.

    Attributes:
        pairs: in order of their ids.
        rejected: recordings that no pair can have as content.
        made: how many pairs there are of each kind; those that there are none of too.
    """

    pairs: tuple[PlannedPair, ...]
    rejected: tuple[Rejection, ...]
    made: Mapping[str, int]


def plan_conversions(heard: Iterable[Heard], config: ConversionConfig) -> Planned:
    """Return pairs of a recording and a voice of somebody else; a function of both alone.

    Of each recording there is at most one pair for each sex of the voice. Speakers take turns, as
    those whose words are said and as voices; ties are broken by the seed.

    Args:
        heard: recordings that are fit, in any order.
        config: how they are paired.
    """
    recordings = sorted(heard, key=lambda one: one.id)
    rejected = []
    if config.balance == "sex":
        rejected = [Rejection(r.id, "sex_not_told") for r in recordings if r.told.sex is None]
        recordings = [r for r in recordings if r.told.sex is not None]
    matcher = _Matcher(recordings, config)
    cells = matcher.contents_by_cell()
    paired = {one.id for contents in cells.values() for one in contents}
    rejected += [Rejection(r.id, "no_partner") for r in recordings if r.id not in paired]
    available = {cell: len(contents) for cell, contents in cells.items()}
    wanted = config.pairs or len(available) * min(available.values(), default=0)
    quotas = shares(available, wanted) if available else {}
    pairs = [
        matcher.pair(content, cell)
        for cell in sorted(quotas)
        for content in matcher.in_turn(cells[cell], "content")[: quotas[cell]]
    ]
    return Planned(
        pairs=tuple(sorted(pairs, key=lambda pair: pair.id)),
        rejected=tuple(rejected),
        made={_name(cell): quotas.get(cell, 0) for cell in _cells(config)},
    )


def can_prompt(one: Heard, config: ConversionConfig) -> bool:
    """Tell whether a recording is as long as one of a voice has to be."""
    shortest, longest = config.prompt_seconds
    return shortest <= one.seconds <= longest


class _Matcher:
    """Finds voices for words; remembers how often each was used."""

    def __init__(self, recordings: Sequence[Heard], config: ConversionConfig) -> None:
        self.recordings = recordings
        self.config = config
        self._used: Counter[str] = Counter()

    def contents_by_cell(self) -> dict[Cell, list[Heard]]:
        """Return the recordings whose words some other voice can say, by cell."""
        found: defaultdict[Cell, list[Heard]] = defaultdict(list)
        for content in self.recordings:
            for cell in _cells(self.config):
                if self._sex(content) == cell[0] and self._speakers(content, cell[1]):
                    found[cell].append(content)
        return dict(sorted(found.items()))

    def in_turn(self, contents: Iterable[Heard], purpose: str) -> list[Heard]:
        """Return recordings so that speakers take turns: first one of each, then the second."""
        by_speaker: defaultdict[str, list[Heard]] = defaultdict(list)
        for one in contents:
            by_speaker[one.told.speaker].append(one)
        placed = []
        for speaker, own in by_speaker.items():
            order = sorted(own, key=lambda one: (self._drawn(purpose, one.id), one.id))
            turn = self._drawn(purpose, "speaker", speaker)
            placed += [(place, turn, one.id, one) for place, one in enumerate(order)]
        return [entry[-1] for entry in sorted(placed, key=lambda entry: entry[:3])]

    def pair(self, content: Heard, cell: Cell) -> PlannedPair:
        """Return a recording with a voice: of the speakers that fit, one that was used least."""
        fitting = self._speakers(content, cell[1])
        speaker = self._least_used(list(fitting), "voice", content.id)
        by_id = {one.id: one for one in fitting[speaker]}
        voice = by_id[self._least_used(list(by_id), "prompt", content.id)]
        self._used[speaker] += 1
        self._used[voice.id] += 1
        reference, kind = self._reference(content, voice)
        facts = {
            "transcript": content.told.text,
            "voice_transcript": voice.told.text,
            "speaker": voice.told.speaker,
            "source_speaker": content.told.speaker,
            "language": content.told.language,
            "sexes": _name(cell),
            "reference_kind": kind,
            "reference_transcript": reference.told.text,
            "source_speech_seconds": content.speech_seconds,
        }
        samples = [content.sha256, voice.sha256, reference.sha256]
        return PlannedPair(
            id=pair_id("voice_conversion", samples, facts),
            task="voice_conversion",
            recordings={"source": content.id, "voice": voice.id, "reference": reference.id},
            facts=facts,
        )

    @cached_property
    def _prompts(self) -> dict[str, list[Heard]]:
        """Return speaker → recordings that are as long as one of a voice has to be."""
        found: defaultdict[str, list[Heard]] = defaultdict(list)
        for one in self.recordings:
            if can_prompt(one, self.config):
                found[one.told.speaker].append(one)
        return dict(found)

    @cached_property
    def _by_speaker(self) -> dict[str, list[Heard]]:
        found: defaultdict[str, list[Heard]] = defaultdict(list)
        for one in self.recordings:
            found[one.told.speaker].append(one)
        return dict(found)

    def _speakers(self, content: Heard, sex: str) -> dict[str, list[Heard]]:
        """Return the speakers whose voice can say some words, each with recordings to prompt."""
        found = {}
        for speaker, prompts in self._prompts.items():
            if speaker == content.told.speaker:
                continue
            fitting = [p for p in prompts if self._sex(p) == sex and self._fits(content, p)]
            if self.config.reference == "parallel":
                fitting = [p for p in fitting if self._parallels(content, p)]
            if fitting:
                found[speaker] = fitting
        return found

    def _reference(self, content: Heard, voice: Heard) -> tuple[Heard, str]:
        """Return what the result is compared with, and what that is.

        The other speaker's own recording of the words; else another recording of that speaker,
        of another session if there is one; else the prompt.
        """
        parallels = self._parallels(content, voice)
        if parallels:
            return self._first(parallels, "reference", content.id), "parallel"
        others = [one for one in self._by_speaker[voice.told.speaker] if one.id != voice.id]
        apart = [one for one in others if _other_session(one, voice)]
        if others:
            return self._first(apart or others, "reference", content.id), "same_speaker"
        return voice, "prompt"

    def _parallels(self, content: Heard, voice: Heard) -> list[Heard]:
        own = self._by_speaker[voice.told.speaker]
        return [one for one in own if one.id != voice.id and _same_words(content, one)]

    def _first(self, found: Sequence[Heard], *purpose: str) -> Heard:
        return min(found, key=lambda one: (self._drawn(*purpose, one.id), one.id))

    def _least_used(self, names: Sequence[str], *purpose: str) -> str:
        return min(names, key=lambda n: (self._used[n], self._drawn(*purpose, n), n))

    def _fits(self, content: Heard, voice: Heard) -> bool:
        """Tell whether a recording can lend the voice: one language, other words, other session."""
        longest = self.config.longest_seconds
        return (
            content.told.language == voice.told.language
            and not _same_words(content, voice)
            and (content.told.session is None or content.told.session != voice.told.session)
            and (longest is None or content.seconds + voice.seconds <= longest)
        )

    def _sex(self, one: Heard) -> str:
        return ANY if self.config.balance == "none" else one.told.sex or ANY

    def _drawn(self, *purpose: str) -> float:
        return fraction(self.config.key, "voice_conversion", *purpose)


def _cells(config: ConversionConfig) -> list[Cell]:
    if config.balance == "none":
        return [(ANY, ANY)]
    return [(one, other) for one in SEXES for other in SEXES]


def _name(cell: Cell) -> str:
    return f"{cell[0]}→{cell[1]}"


def _same_words(one: Heard, other: Heard) -> bool:
    if one.told.language != other.told.language:
        return False
    told = one.told.parallel is not None and one.told.parallel == other.told.parallel
    return told or plain_words(one.told.text) == plain_words(other.told.text)


def _other_session(one: Heard, other: Heard) -> bool:
    return one.told.session is not None and one.told.session != other.told.session
