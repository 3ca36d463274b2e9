"""The nouns of the core's command line, and where they live; plugins cannot take their names."""

from __future__ import annotations

NOUNS: dict[str, tuple[str, str]] = {
    "train": ("train", "Train a model from a recipe."),
    "plan": ("plan", "Count what a run will take: memory, operations, days, storage."),
    "run": ("run", "Generate or edit with a trained model."),
    "data": ("data", "Check data before a run does, and encode it ahead of one."),
    "checkpoint": ("checkpoint", "Put together what several processes saved."),
    "plugins": ("plugins", "List, inspect and write plugins."),
    "doctor": ("doctor", "Tell what this installation can do, and what is missing."),
}
"""Noun → (module in this package, one line of help)."""
