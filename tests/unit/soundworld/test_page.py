import re
from pathlib import Path

import pytest
from audio_omni.plugins.soundworld.instruments import INSTRUMENT_LABELS
from audio_omni.plugins.soundworld.source import LOCATORS
from audio_omni.plugins.soundworld.vocabulary import BACKGROUND_LABELS, KINDS

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "explanation" / "soundworld.md").read_text(encoding="utf-8")


def span(low, high):
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


def test_the_table_of_events_is_the_one_in_the_code():
    table = PAGE.split("| kind |")[1].split("\n\n")[0].splitlines()[2:]
    assert table == [
        f"| {kind.label} | {kind.nouns[0]} | {kind.clauses[0]} | {span(*kind.hits)} "
        f"| {span(*kind.hit_s)} | {span(*kind.pitch_hz)} |"
        for kind in KINDS
    ]


def test_the_page_names_every_background_and_instrument():
    assert f"Backgrounds: {', '.join(BACKGROUND_LABELS)}." in PAGE
    assert f"Instruments: {', '.join(INSTRUMENT_LABELS)}." in PAGE


def test_the_table_of_locators_is_the_one_in_the_code():
    lines = PAGE.split("| locator |")[1].split("\n\n")[0].splitlines()[2:]
    told = [re.findall(r"`([^`]+)`", line) for line in lines]
    expected = {f"soundworld:{name}": locator.tasks for name, locator in LOCATORS.items()}
    assert {name: tuple(tasks) for name, *tasks in told} == expected


@pytest.mark.parametrize(
    "name", ["soundworld-events.png", "soundworld-speech.png", "soundworld-sights.png"]
)
def test_the_pictures_are_small(name):
    assert 20_000 < (DOCS / "images" / name).stat().st_size < 300_000
