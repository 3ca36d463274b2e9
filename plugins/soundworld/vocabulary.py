"""What there is in the world, with its words: kinds of event, backgrounds, times."""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True)
class Kind:
    """A kind of event.

    Attributes:
        label: its name in truth and in classifiers.
        nouns: ways to name the sound; the first also fills ``description``.
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
    Kind("bell", ("a bell ringing", "the ring of a bell"), ("a bell rings", "a bell chimes"),
         (1.0, 1.8), (1, 2), (0.6, 0.9), (380, 900), True),
    Kind("glass clink", ("a glass clinking", "the clink of glass"),
         ("a glass clinks", "a glass is tapped"), (0.3, 0.45), (1, 3), (0.35, 0.6),
         (2300, 3400), True),
    Kind("drum", ("a drum beating", "the thump of a drum"), ("a drum beats", "a drum is struck"),
         (0.35, 0.5), (1, 4), (0.3, 0.6), (50, 105), True),
    Kind("knock", ("a knock on wood", "knocking on a door"),
         ("someone knocks on wood", "someone knocks on a door"), (0.1, 0.14), (2, 4),
         (0.18, 0.35), (190, 380), True),
    Kind("clap", ("hands clapping", "the clap of hands"), ("someone claps", "a person claps"),
         (0.16, 0.22), (1, 4), (0.3, 0.55), (900, 1500), True),
    Kind("footsteps", ("footsteps", "the sound of someone walking"),
         ("someone walks by", "a person takes some steps"), (0.22, 0.28), (3, 5), (0.38, 0.55),
         (140, 260)),
    Kind("water drip", ("water dripping", "the drip of water"),
         ("water drips", "a drop of water falls"), (0.12, 0.16), (2, 4), (0.3, 0.6),
         (550, 1100)),
    Kind("dog bark", ("a dog barking", "the bark of a dog"), ("a dog barks", "a hound barks"),
         (0.2, 0.3), (1, 4), (0.4, 0.6), (280, 520), True),
    Kind("bird chirp", ("a bird chirping", "the song of a bird"),
         ("a bird chirps", "a bird sings"), (0.2, 0.32), (2, 5), (0.35, 0.5), (2600, 4600)),
    Kind("cricket", ("a cricket chirring", "the call of a cricket"),
         ("a cricket chirrs", "a cricket calls"), (0.4, 0.6), (2, 4), (0.65, 0.8), (4600, 6200)),
    Kind("siren", ("a siren wailing", "the wail of a siren"), ("a siren wails", "a siren howls"),
         (1.4, 2.3), (1, 1), (1.0, 1.0), (650, 1000)),
    Kind("buzzer", ("a buzzer sounding", "the drone of a buzzer"),
         ("a buzzer sounds", "a buzzer goes off"), (0.5, 1.1), (1, 2), (1.2, 1.3), (110, 190),
         True),
    Kind("alarm", ("an alarm beeping", "the beeps of an alarm"),
         ("an alarm beeps", "an alarm clock beeps"), (0.1, 0.14), (3, 6), (0.2, 0.32),
         (1500, 2300)),
    Kind("whistle", ("someone whistling", "a whistle"), ("someone whistles", "a person whistles"),
         (0.8, 1.5), (1, 1), (1.0, 1.0), (1100, 2000)),
    Kind("laser zap", ("a laser zapping", "the zap of a laser"),
         ("a laser zaps", "a ray gun fires"), (0.25, 0.4), (1, 3), (0.45, 0.7), (3800, 4800),
         True),
    Kind("engine", ("an engine revving", "the roar of an engine"),
         ("an engine revs", "a motor revs up"), (1.4, 2.3), (1, 1), (1.0, 1.0), (45, 80)),
    Kind("thunder", ("thunder rumbling", "a roll of thunder"),
         ("thunder rumbles", "thunder rolls"), (1.5, 2.4), (1, 1), (1.0, 1.0), (110, 220)),
)  # fmt: skip

KIND_OF = {kind.label: kind for kind in KINDS}
EVENT_LABELS: tuple[str, ...] = tuple(kind.label for kind in KINDS)

BACKGROUNDS: dict[str, tuple[tuple[str, str], ...]] = {
    "wind": (("wind", "the wind blows"), ("blowing wind", "wind is blowing")),
    "rain": (("rain", "rain falls"), ("falling rain", "it rains")),
    "hum": (("an electric hum", "a mains hum is heard"), ("humming", "something hums")),
    "street": (("a rumbling street", "the street rumbles"), ("traffic", "traffic passes")),
    "quiet room": (("a quiet room", "the room is quiet"), ("room tone", "a room lies still")),
    "waves": (("sea waves", "waves roll in"), ("the sea", "the sea washes ashore")),
}
BACKGROUND_LABELS: tuple[str, ...] = tuple(BACKGROUNDS)
TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times", 5: "five times", 6: "six times"}
