"""What there is in the world, with its words: kinds of event, backgrounds, times."""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True)
class Kind:
    """A kind of event.

    Attributes:
        label: its name in truth and in classifiers.
        nouns: ways to name the sound, as one that is not known yet; they also fill
            ``description``. "The" makes any of them known.
        clauses: ways to say that it happens.
        hit_s: length of one hit in seconds.
        hits: how many hits an event has, from and to.
        gap_s: time between the starts of two hits.
        pitch_hz: range of the pitch parameter.
        countable: whether a listener would count the hits.
    """

    label: str
    nouns: tuple[str, ...]
    clauses: tuple[str, ...]
    hit_s: Range
    hits: tuple[int, int]
    gap_s: Range
    pitch_hz: Range
    countable: bool = False


KINDS: tuple[Kind, ...] = (
    Kind("bell", ("a bell ringing", "a ringing bell"), ("a bell rings", "a bell chimes"),
         (1.0, 1.8), (1, 2), (0.6, 0.9), (380, 900), True),
    Kind("glass clink", ("a glass clinking", "a clinking glass"),
         ("a glass clinks", "a glass is tapped"), (0.3, 0.45), (1, 3), (0.35, 0.6),
         (2300, 3400), True),
    Kind("drum", ("a drum beating", "a beating drum"), ("a drum beats", "a drum is struck"),
         (0.35, 0.5), (1, 4), (0.3, 0.6), (50, 105), True),
    Kind("knock", ("knocking on wood", "knocking on a door"),
         ("someone knocks on wood", "someone knocks on a door"), (0.1, 0.14), (2, 4),
         (0.18, 0.35), (190, 380), True),
    Kind("clap", ("hands clapping", "clapping hands"), ("someone claps", "a person claps"),
         (0.16, 0.22), (1, 4), (0.3, 0.55), (900, 1500), True),
    Kind("footsteps", ("footsteps", "a person walking"),
         ("someone walks by", "a person walks past"), (0.22, 0.28), (3, 5), (0.38, 0.55),
         (140, 260)),
    Kind("water drip", ("water dripping", "dripping water"),
         ("water drips", "drops of water fall"), (0.12, 0.16), (2, 4), (0.3, 0.6),
         (550, 1100)),
    Kind("dog bark", ("a dog barking", "a barking dog"), ("a dog barks", "a hound barks"),
         (0.2, 0.3), (1, 4), (0.4, 0.6), (280, 520), True),
    Kind("bird chirp", ("a bird chirping", "a singing bird"),
         ("a bird chirps", "a bird sings"), (0.2, 0.32), (2, 5), (0.35, 0.5), (2600, 4600)),
    Kind("cricket", ("a cricket chirring", "a calling cricket"),
         ("a cricket chirrs", "a cricket calls"), (0.4, 0.6), (2, 4), (0.65, 0.8), (4600, 6200)),
    Kind("siren", ("a siren wailing", "a wailing siren"), ("a siren wails", "a siren howls"),
         (1.4, 2.3), (1, 1), (1.0, 1.0), (650, 1000)),
    Kind("buzzer", ("a buzzer", "a buzzer sounding"), ("a buzzer sounds", "a buzzer goes off"),
         (0.5, 1.1), (1, 2), (1.2, 1.3), (110, 190), True),
    Kind("alarm", ("an alarm beeping", "a beeping alarm"),
         ("an alarm beeps", "an alarm clock beeps"), (0.1, 0.14), (3, 6), (0.2, 0.32),
         (1500, 2300)),
    Kind("whistle", ("a whistle", "a whistling person"),
         ("someone whistles", "a person whistles"), (0.8, 1.5), (1, 1), (1.0, 1.0), (1100, 2000)),
    Kind("laser zap", ("a laser zapping", "a zapping laser"),
         ("a laser zaps", "a ray gun fires"), (0.25, 0.4), (1, 3), (0.45, 0.7), (3800, 4800),
         True),
    Kind("engine", ("an engine revving", "a revving engine"),
         ("an engine revs", "a motor revs up"), (1.4, 2.3), (1, 1), (1.0, 1.0), (45, 80)),
    Kind("thunder", ("rumbling thunder", "a roll of thunder"),
         ("thunder rumbles", "thunder rolls"), (1.5, 2.4), (1, 1), (1.0, 1.0), (160, 350)),
)  # fmt: skip

KIND_OF = {kind.label: kind for kind in KINDS}
EVENT_LABELS: tuple[str, ...] = tuple(kind.label for kind in KINDS)

BACKGROUNDS: dict[str, tuple[tuple[str, str], ...]] = {
    "wind": (("wind", "the wind blows"), ("blowing wind", "wind is blowing")),
    "rain": (("rain", "rain falls"), ("falling rain", "it rains")),
    "hum": (("an electric hum", "something hums"), ("a low hum", "a machine hums")),
    "street": (("street noise", "the street rumbles"), ("traffic", "traffic rumbles")),
    "quiet room": (
        ("room noise", "the room hisses"),
        ("soft room noise", "the room hisses softly"),
    ),
    "waves": (("sea waves", "waves roll in"), ("the sea", "the sea washes in")),
}
"""Label → pairs: the sound as a noun, and as a clause."""
BACKGROUND_LABELS: tuple[str, ...] = tuple(BACKGROUNDS)
TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times", 5: "five times", 6: "six times"}
