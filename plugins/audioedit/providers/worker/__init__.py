"""What runs in an environment of its own, started by `start`. Needs nothing of audio-omni."""
