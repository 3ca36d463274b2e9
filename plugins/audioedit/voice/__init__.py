"""Pairs that voice conversion and speech editing are evaluated with, from recordings of speech."""
