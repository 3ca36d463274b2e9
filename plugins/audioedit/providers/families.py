"""Which family a sound is of, and which families may take each other's place (spec 3.6)."""

from __future__ import annotations

from typing import get_args

from .contract import Family
from .lemmas import lemma

_WORDS: dict[Family, str] = {
    "animal": "animal bark bear bee bird bleat canine cat caw chicken chirp cluck cow cricket "
    "croak crow dinosaur dog donkey duck eagle elephant fly fox frog goat goose growl hen hiss "
    "horse howl insect lion magpie meow mosquito mouse neigh oink otter owl parrot penguin "
    "pheasant pig pigeon puppy purr roar rooster sheep snake tiger turkey tweet warble whale wolf "
    "woodpecker",
    "voice": "choir chorus lullaby rap shout sing speak speech talk voice whisper yell yodel "
    "scream",
    "human_other": "applause baby breath burp chew clap cough cry eat footstep giggle gulp hiccup "
    "laugh laughter person sip slurp sneeze sniff snore walk whistle people",
    "music": "accordion bagpipe banjo bass bell bongo bugle cello clarinet cymbal drum fiddle "
    "flute glockenspiel gong guitar guitarist harmonica harp harpsichord instrument kazoo mandolin "
    "marimba music oboe orchestra organ pedal piano saxophone sitar steelpan string synthesizer "
    "tabla tambourine theremin timbales timpani trombone trumpet tuba ukulele vibraphone viola "
    "violin xylophone zither",
    "vehicle": "aircraft airplane ambulance bicycle boat bus car engine helicopter jet locomotive "
    "motorboat motorcycle motor plane propeller railcar railroad ship skateboard subway tractor "
    "train truck tram vehicle",
    "tool": "blender chainsaw cleaner drill dryer fan hammer lathe lawnmower machine mower sander "
    "saw sewing shaver toothbrush typewriter vacuum washing keyboard typing",
    "nature": "breeze drip fire hail lightning ocean rain river sea splash storm stream surf "
    "thunder volcano water waterfall wave wind drizzle",
    "alarm": "alarm beep buzzer chime clock doorbell fire_alarm foghorn honk horn phone ring siren "
    "telephone ringtone",
    "impact": "bang bounce break click clack crack crash door explosion firework footfall glass "
    "gunshot hit knock pop shatter shot slam slap smash snap strike tap thud thump",
    "electronic": "arcade computer electronic glitch hum laser radio robot static synth television "
    "video",
}
_FAMILY: dict[str, Family] = {
    lemma(word): family for family, words in _WORDS.items() for word in words.split()
}

_MAY: dict[Family, frozenset[Family]] = {
    "impact": frozenset({"impact"}),
    "voice": frozenset({"voice", "animal"}),
    "animal": frozenset({"animal", "voice"}),
    "music": frozenset({"music"}),
    "human_other": frozenset({"human_other", "animal", "impact"}),
    "vehicle": frozenset({"vehicle", "tool"}),
    "tool": frozenset({"tool", "vehicle", "electronic"}),
    "nature": frozenset({"nature"}),
    "alarm": frozenset({"alarm", "electronic", "animal"}),
    "electronic": frozenset({"electronic", "alarm", "tool"}),
    "other": frozenset(get_args(Family)),
}


def family_of(label: str) -> Family:
    """Return what kind of thing sounds, by the words of a phrase; ``"other"`` if none is known."""
    for word in label.split():
        family = _FAMILY.get(lemma(word))
        if family is not None:
            return family
    return "other"


def may_replace(old: Family, new: Family) -> bool:
    """Tell whether a sound of one family may take the place of one of another.

    Impacts give impacts, music gives music, a voice gives a voice or an animal.
    """
    return new in _MAY[old] or new == "other"
