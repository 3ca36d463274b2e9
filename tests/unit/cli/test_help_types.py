import re

import pytest
from audio_omni.core.cli.main import main


@pytest.fixture
def help_of(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")

    def _help_of(*command: str) -> str:
        with pytest.raises(SystemExit):
            main([*command, "--help"])
        return capsys.readouterr().out

    return _help_of


def line_of(text: str, option: str) -> str:
    return next(line for line in text.splitlines() if re.search(rf"{option}\s", line))


@pytest.mark.parametrize(
    ("command", "switch"),
    [
        ((), "--strict"),
        ((), "--help"),
        (("run", "add"), "--overwrite"),
        (("plugins", "list"), "--json"),
        (("audioedit", "pack"), "--commercial-only"),
    ],
)
def test_a_switch_shows_no_value(help_of, command, switch):
    assert "<" not in line_of(help_of(*command), switch)


def test_a_repeated_option_shows_one_item(help_of):
    text = help_of("run", "add")
    assert "<str>" in line_of(text, "--lora")
    assert "list[" not in text


def test_a_chosen_metavar_stays(help_of):
    assert "KEY=VALUE" in line_of(help_of("train"), "--set")


def test_help_has_the_defaults_that_a_task_brings(help_of):
    text = " ".join(help_of("run", "ode_inversion").replace("│", " ").split())
    assert "left out: 50." in text
    assert "left out: midpoint." in text
    assert "Left out: 0.73." in text
    assert "left out: as the recipe says." in " ".join(
        help_of("run", "text_to_audio").replace("│", " ").split()
    )
