"""Words of sound and music, from which the local tokenizer learns its vocabulary.

Any other text is spelt from shorter pieces, down to bytes.
"""

from __future__ import annotations

from .sentence_words import ENGLISH, GERMAN, SPANISH

COMMON = """
a an the and or of in on at to from with without over under into onto by for as while then before
after during until once twice three times first second last one two four five is are was be being
it its this that these those there here who which what where when very slightly softly gently
loudly quietly slowly quickly suddenly briefly repeatedly steadily continuously faintly clearly
near far close distant left right away past around along between behind inside outside indoors
outdoors up down long short high low loud quiet soft hard fast slow deep bright dark warm cold big
small large little old new single double several some many few all every each another other same
no not only also just still again more less most start starts begin begins end ends stop stops
followed follow follows you your i we they he she his her their can could please make makes made
put add adds take remove removes keep keeps extract isolate change turn replace edit delete drop
insert mix include leave rest everything else nothing exactly instruction recording clip audio
track scene sound sounds noise background foreground described told described. user system
assistant designer composer editor
"""
SOUNDS = """
dog dogs bark barks barking cat cats meow meows meowing bird birds chirp chirps chirping sing sings
singing rooster crow crows crowing cow moo moos sheep bleat frog croak croaks croaking cricket
crickets insect insects bee buzz buzzes buzzing owl hoot hoots duck quack horse hooves neigh rain
rains raining wind blow blows blowing thunder storm water wave waves sea stream river drip drips
dripping drop drops splash pour pours fire crackle crackles crackling footstep footsteps walk walks
walking run runs running door doors knock knocks knocking creak creaks creaking slam slams bell
bells ring rings ringing chime chimes alarm alarms siren sirens wail wails wailing horn horns honk
honks car cars engine engines idle idles rev revs train trains plane airplane helicopter truck bus
motorcycle boat clock clocks tick ticks ticking click clicks clicking keyboard type types typing
mouse phone telephone beep beeps beeping tone tones sweep sweeps chirped hum hums humming hiss
hisses hissing whistle whistles whistling clap claps clapping applause laugh laughs laughing cough
coughs coughing sneeze snore cry cries crying baby child children man woman people crowd voice
voices speech talk talks talking whisper shout scream breath breathing glass break breaks breaking
metal wood wooden paper tear crumple hit hits hammer saw drill vacuum cleaner machine machinery
motor fan washing brush toilet flush can open opens close closes gun shot shots explosion boom
bang thud thump rattle rattles rattling scrape rustle rustles leaves grass gravel room hall street
park forest kitchen office city traffic static pink white brown rumble rumbles rumbling zap laser
bubble bubbles pop pops pluck plucks plucked strike strikes struck sweep rising falling
"""
MUSIC = """
music melody melodies song tune piece composition played plays play playing piano guitar bass
violin cello strings string flute clarinet oboe trumpet trombone brass saxophone organ harp
marimba vibraphone xylophone glockenspiel synth synthesizer lead pad square saw sine triangle wave
drum drums kick snare hat hats cymbal percussion tempo beat beats bpm minute per rhythm major minor
key mode scale dorian phrygian lydian mixolydian aeolian pentatonic blues chord chords arpeggio note
notes legato staccato cheerful happy sad calm lively gentle dreamy dark bright mellow energetic
relaxed moderate slow fast medium ambient jazz rock classical folk electronic lullaby march dance
waltz solo duet accompaniment simple in c d e f g b sharp flat
"""
AHEAD = 8
TEXT = (COMMON, SOUNDS, MUSIC)
SENTENCES = (ENGLISH, GERMAN, SPANISH)


def training_lines() -> list[str]:
    """Return every word in the forms that sentences contain, so that each becomes one token.

    The size of a vocabulary bounds how many do; words that come often are joined first.
    """
    words = sorted({word for text in TEXT for word in text.split()})
    ahead = sorted({word for text in SENTENCES for word in text.split()})
    lines = [form for word in words for form in (f"a {word} {word}", *_openings(word))]
    return lines + AHEAD * [form for word in ahead for form in (f"a {word}", *_openings(word))]


def _openings(word: str) -> tuple[str, str]:
    """Return a word as it opens an answer, and as it opens a sentence."""
    return word, word[0].upper() + word[1:]
