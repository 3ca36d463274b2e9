"""``audio-omni score``: measures any system's files, and tells how they were measured."""
