"""Scenes that Scaper planned, read from its JAMS files and rendered by us, for comparison."""
