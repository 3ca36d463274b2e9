"""Listening studies: a page for the raters, and what their ratings say."""
