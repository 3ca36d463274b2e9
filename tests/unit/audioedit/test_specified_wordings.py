"""The wordings are those of the specification, one by one."""

from audio_omni.plugins.audioedit.words.instructions import templates

SPECIFIED = """\
add
  Put {a} into this clip.
  I would like to hear {a} too.
  Layer {a} over what is there.
  This scene is missing {a}.
  Could you work {a} in?
  Same recording, but with {a}.
  Let {a} join in.
  Bring in {a} and touch nothing else.
  Give the background {a}.
  Make {a} audible here.
  Have {a} come in {when}.
  Start {a} around {s} seconds in.
  Somewhere in there, place {a}.
  Blend {a} with the rest.
remove
  Take {the} out.
  Get rid of {the}.
  I do not want to hear {the}.
  Mute {the}, keep everything else.
  Same clip, minus {the}.
  No more {bare}.
  Clean {the} away.
  Leave the scene but lose {the}.
  Erase {the}.
  Could you cut {the}?
  Everything but {the}, please.
  Drop {the} heard {when}.
  Delete {the} starting near {s} seconds.
  Wipe {the} off the recording.
extract
  Only {the}, please.
  Isolate {the}.
  Keep {the} and silence the rest.
  Give me {the} by itself.
  Pull {the} out on its own.
  Solo {the}.
  Strip away all that is not {the}.
  I need a clean track of {the}.
  Single out {the}.
  What remains should be {the} alone.
  Discard everything except {the}.
  Lift {the} out of the scene.
  Let me hear just {the}.
  Separate {the} from its surroundings.
style
  Turn {the} into {b}.
  Swap {the} for {b}, same timing.
  Where {the} used to be, put {b}.
  Recast {the} as {b}.
  Make {the} sound like {b}.
  Keep the rhythm of {the} but play it as {b}.
  Instead of {the}, {b}.
  Re-voice {the} as {b}.
  Let {b} play the part of {the}.
  Change nothing but {the}: make that {b}.
  Trade {the} for {b}, beat for beat.
  Imagine {the} were {b}.
  Morph {the} to {b}, leave the rest.
  {B} in place of {the}.
"""
AGREEING = {"by itself": "by {itself}", "on its own": "on {its} own", "from its": "from {its}"}
"""Pronouns of the specification → the slots that make them agree with one and with many."""


def specified():
    found = {}
    for line in SPECIFIED.splitlines():
        if not line.startswith(" "):
            found[line] = []
        else:
            text = line.strip()
            for said, slot in AGREEING.items():
                text = text.replace(said, slot)
            found[list(found)[-1]].append(text)
    return found


def test_the_english_wordings_are_those_of_the_specification():
    ours = {task: [t.text for t in found] for task, found in templates("en").items()}
    assert ours == specified()
    assert {len(found) for found in ours.values()} == {14}
