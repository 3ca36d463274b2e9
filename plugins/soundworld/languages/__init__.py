"""Captions in several languages: for each a book of words and sentences, told in one way."""
