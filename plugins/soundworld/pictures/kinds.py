"""What can be seen to sound: the kinds of event that have a picture, and words for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sight:
    """What is seen when one kind of event sounds.

    Attributes:
        label: the kind of event.
        actor: what moves, in a word or two; no two sights have the same.
        clauses: ways to say what happens, without when or how often.
        most: how many impacts a clip has at most.
        share: the longest part of a clip that one of its sounds may take.
        rest_s: time between the end of one and the next, where they may not overlap.
    """

    label: str
    actor: str
    clauses: tuple[str, ...]
    most: int = 4
    share: float = 0.35
    rest_s: float | None = None


SIGHTS: tuple[Sight, ...] = (
    Sight("drum", "ball", ("a ball bounces on a drum", "a ball falls on a drum")),
    Sight("bell", "hammer", ("a hammer strikes a bell", "a hammer hits a bell")),
    Sight("glass clink", "pendulum", ("a pendulum taps a glass", "a pendulum hits a glass")),
    Sight("knock", "fist", ("a fist knocks on a door", "a hand knocks on a door")),
    Sight("clap", "hands", ("two hands clap", "a person claps")),
    Sight("footsteps", "boots", ("boots walk by", "a person in boots walks past")),
    Sight("water drip", "drop", ("drops of water fall from a tap", "a tap drips")),
    Sight("dog bark", "dog", ("a dog barks", "a dog opens its mouth to bark")),
    Sight("laser zap", "ray gun", ("a ray gun fires", "a ray gun shoots at a target"), rest_s=0.1),
    Sight("whistle", "slide", ("a slide moves up in a whistle", "a slide whistle is played"),
          most=2, share=0.5, rest_s=0.15),
    Sight("siren", "lamp", ("a siren wails and its lamp turns", "the lamp of a siren turns"),
          most=1, share=0.7, rest_s=0.15),
)  # fmt: skip
SIGHT_OF = {sight.label: sight for sight in SIGHTS}
