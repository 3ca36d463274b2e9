"""Character → phone: what the mouth does for it, piece by piece.

It is no English: one character is one phone, wherever it stands, so that what is said can be read
back letter by letter. Vowels, glides, nasals, fricatives and plosives are made as in any language.
"""

from __future__ import annotations

from dataclasses import dataclass

Triple = tuple[float, float, float]
Band = tuple[float, float]


@dataclass(frozen=True)
class Piece:
    """A part of a phone.

    Attributes:
        until: where it ends, as a share of the phone, above 0 to 1.
        voice: level of the voiced sound; a vowel's is 1.
        noise: level of the noise.
        formants: first three resonances in Hz; `None` leaves them to the neighbours.
        weights: heights of the resonances.
        band: lower and upper edge of the noise in Hz; `None` where there is none.
        trill_hz: how many times a second the tongue taps; 0 for not at all.
    """

    until: float
    voice: float = 0.0
    noise: float = 0.0
    formants: Triple | None = None
    weights: Triple = (1.0, 0.5, 0.25)
    band: Band | None = None
    trill_hz: float = 0.0


@dataclass(frozen=True)
class Phone:
    """What one character sounds like: its length in seconds at the usual rate, and its pieces."""

    seconds: float
    pieces: tuple[Piece, ...]


LOW, MIDDLE, HIGH = (300.0, 1100.0), (1300.0, 2600.0), (3300.0, 7500.0)
"""Bands of the bursts that lips, back and tip of the tongue make."""
HISS, HUSH = (4700.0, 7800.0), (2200.0, 4200.0)
BREATH, WHISPER = (1000.0, 7500.0), (450.0, 1900.0)


def _vowel(*formants: Triple, seconds: float = 0.105) -> Phone:
    count = len(formants)
    return Phone(
        seconds, tuple(Piece((i + 1) / count, 1.0, formants=f) for i, f in enumerate(formants))
    )


def _murmur(
    formants: Triple, weights: Triple, voice: float, *, seconds: float = 0.09, trill_hz: float = 0.0
) -> Phone:
    """Return a nasal or a liquid: voiced, with resonances of its own."""
    return Phone(seconds, (Piece(1.0, voice, 0.0, formants, weights, trill_hz=trill_hz),))


def _fricative(band: Band, noise: float, voiced: Triple | None = None) -> Phone:
    voice = 0.0 if voiced is None else 0.35
    return Phone(0.1, (Piece(1.0, voice, noise, voiced, (1.0, 0.2, 0.1), band),))


def _plosive(band: Band, noise: float, tail: Piece) -> Phone:
    return Phone(0.095, (Piece(0.5), Piece(0.75, 0.0, noise, band=band), tail))


def _voiced_plosive(band: Band, locus: Triple) -> Phone:
    """Return a hum behind closed lips or tongue, a soft burst, and a short open sound."""
    return Phone(
        0.095,
        (
            Piece(0.5, 0.3, 0.0, (190.0, locus[1], locus[2]), (1.0, 0.03, 0.01)),
            Piece(0.7, 0.3, 0.2, locus, band=band),
            Piece(1.0, 0.75, 0.0, locus),
        ),
    )


PHONES: dict[str, Phone] = {
    "a": _vowel((780, 1250, 2550)),
    "e": _vowel((500, 1900, 2600)),
    "i": _vowel((290, 2300, 3050)),
    "o": _vowel((530, 860, 2450)),
    "u": _vowel((310, 680, 2250)),
    "y": _vowel((760, 1200, 2500), (330, 2150, 2900), seconds=0.125),
    "w": Phone(0.09, (Piece(0.5, 0.45, formants=(290, 600, 2200)),
                      Piece(1.0, 0.8, formants=(480, 1150, 2350)))),
    "m": _murmur((250, 950, 2100), (1.0, 0.06, 0.03), 0.55),
    "n": _murmur((270, 1700, 2700), (1.0, 0.35, 0.2), 0.55),
    "l": _murmur((390, 1450, 3200), (1.0, 0.25, 0.5), 0.75),
    "r": _murmur((450, 1250, 1650), (1.0, 0.7, 0.6), 0.8, seconds=0.1, trill_hz=28.0),
    "f": _fricative(BREATH, 0.16),
    "v": _fricative(BREATH, 0.12, (320, 1100, 2300)),
    "s": _fricative(HISS, 0.3),
    "z": _fricative(HISS, 0.22, (280, 1700, 2600)),
    "h": _fricative(WHISPER, 0.22),
    "p": _plosive(LOW, 0.35, Piece(1.0, 0.0, 0.1, band=WHISPER)),
    "t": _plosive(HIGH, 0.35, Piece(1.0)),
    "k": _plosive(MIDDLE, 0.35, Piece(1.0, 0.0, 0.15, band=MIDDLE)),
    "b": _voiced_plosive(LOW, (400, 850, 2200)),
    "d": _voiced_plosive(HIGH, (380, 1800, 2750)),
    "g": _voiced_plosive(MIDDLE, (340, 2150, 2450)),
    "c": Phone(0.115, (Piece(0.4), Piece(1.0, 0.0, 0.32, band=HUSH))),
    "j": Phone(0.115, (Piece(0.4, 0.3, 0.0, (190, 1900, 2600), (1.0, 0.03, 0.01)),
                       Piece(1.0, 0.35, 0.25, (300, 1900, 2600), (1.0, 0.2, 0.1), HUSH))),
    "x": Phone(0.115, (Piece(0.3), Piece(0.5, 0.0, 0.35, band=MIDDLE),
                       Piece(1.0, 0.0, 0.28, band=HISS))),
    "q": Phone(0.115, (Piece(0.35), Piece(0.55, 0.0, 0.35, band=(700.0, 1500.0)),
                       Piece(1.0, 0.75, 0.0, (320, 640, 2200)))),
    "'": Phone(0.09, (Piece(0.35, 0.6, 0.0, (520, 1450, 2450)), Piece(0.65),
                      Piece(1.0, 0.6, 0.0, (520, 1450, 2450)))),
    " ": Phone(0.095, (Piece(1.0),)),
}  # fmt: skip
"""The alphabet. No phone is shorter than 70 ms at the fastest speaker's rate."""
ALPHABET = "".join(sorted(PHONES))
