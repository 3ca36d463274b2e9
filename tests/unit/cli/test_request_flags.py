import typer
from audio_omni import Request
from audio_omni.core.cli.request_flags import command_function, flag_parameters
from audio_omni.core.task import AudioInput
from pydantic import Field
from typer.testing import CliRunner


class DemoRequest(Request):
    prompt: str = Field(description="What to hear.")
    source_audio: AudioInput = Field(default=None, description="A clip.")
    level: int | None = Field(default=None, description="How loud.")
    choices: list[str] | None = Field(default=None, description="What to choose from.")


def run(*arguments):
    seen = {}
    app = typer.Typer()
    function = command_function(
        flag_parameters(DemoRequest), lambda **values: seen.update(values), name="demo", doc="Demo."
    )
    app.command("demo")(function)
    return CliRunner().invoke(app, list(arguments)), seen


def test_fields_become_flags_with_their_types():
    result, seen = run("--prompt", "rain", "--source-audio", "a.wav", "--level", "3")
    assert result.exit_code == 0, result.output
    assert seen["prompt"] == "rain"
    assert str(seen["source_audio"]) == "a.wav"
    assert seen["level"] == 3
    assert seen["seconds"] is None
    assert seen["choices"] is None


def test_the_flag_of_a_list_is_given_once_for_each_item():
    _, seen = run("--prompt", "rain", "--choices", "no, never", "--choices", "yes")
    assert seen["choices"] == ["no, never", "yes"]


def test_a_required_field_is_a_required_flag():
    result, _ = run()
    assert result.exit_code == 2
    assert "--prompt" in result.output


def test_help_is_the_description():
    result, _ = run("--help")
    assert "What to hear." in result.output
    assert "Length of the result in seconds" in result.output
