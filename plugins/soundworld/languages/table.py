"""Code of a language → its book."""

from __future__ import annotations

from .book import Book
from .english import ENGLISH
from .german import GERMAN
from .spanish import SPANISH

BOOKS: dict[str, Book] = {"en": ENGLISH, "de": GERMAN, "es": SPANISH}
