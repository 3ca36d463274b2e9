"""A page as one HTML file that loads nothing: what every page has around what it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from typing import Any


def document(title: str, body: str, *, css: str, listed: bool = True) -> str:
    """Return a whole page.

    Args:
        title: in plain text.
        body: as HTML.
        css: all of its style.
        listed: whether search engines may list it.
    """
    robots = "" if listed else '<meta name="robots" content="noindex">\n'
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n{robots}<title>{escape(title)}</title>\n'
        f"<style>\n{css}\n</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def listening_page(
    title: str,
    lead: str,
    main: str,
    *,
    facts: Mapping[str, str],
    contents: Sequence[tuple[str, str]],
    skip: str,
    more_css: str = "",
) -> str:
    """Return a page of numbers and of clips to listen to, see `panel`.

    Args:
        title: in plain text, as all but ``main``.
        lead: a sentence below it.
        main: sections as HTML.
        facts: name → value, large below the lead.
        contents: (id of a section, name) of what the page links to at its top.
        skip: what the link for who cannot see leads to: ``"the numbers"``.
        more_css: style of this page alone.
    """
    links = "".join(f'<a href="#{escape(id_)}">{escape(name)}</a>' for id_, name in contents)
    return document(
        title,
        f'<a class="skip" href="#main">Skip to {escape(skip)}</a>\n<header class="top">\n'
        f'<h1>{escape(title)}</h1>\n<p class="lead">{escape(lead)}</p>\n{_facts(facts)}\n'
        "</header>\n"
        f'<nav aria-label="On this page">{links}</nav>\n<main id="main">\n{main}</main>\n'
        f'<p id="status" class="hidden" role="status"></p>\n<script>\n{script()}\n</script>\n',
        css=style() + more_css,
    )


def style() -> str:
    """Return the style of pages to listen to."""
    return asset(__package__, "page.css")


def script() -> str:
    """Return what makes spectrograms play, and copies commands."""
    return asset(__package__, "page.js")


def described(facts: Mapping[str, str]) -> str:
    """Return names and what they are, in plain text, as a list."""
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts.items()
    )
    return f'<dl class="environment">{items}</dl>'


def inline_json(values: Any) -> str:
    """Return values as JSON that may stand inside a ``script`` element."""
    return json.dumps(values, ensure_ascii=False).replace("<", "\\u003c")


def asset(package: str | None, name: str) -> str:
    """Return a text file of a package: ``asset(__package__, "score.css")``."""
    return (resources.files(package or "") / name).read_text(encoding="utf-8")


def _facts(facts: Mapping[str, str]) -> str:
    items = "".join(
        f"<div><dd>{escape(value)}</dd><dt>{escape(name)}</dt></div>"
        for name, value in facts.items()
    )
    return f'<dl class="facts">{items}</dl>' if items else ""
