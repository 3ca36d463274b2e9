"""Questions to a model at toy size, from the command line and from Python."""

import json

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.core.cli.main import main
from audio_omni.core.errors import RequestError
from audio_omni.core.media.audio import Waveform, save_waveform
from audio_omni.core.training.session import train

QUESTION = "What is heard, a dog or a bell?"


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, host):
    from audio_omni.core.recipe import find_recipe, resolve_recipe

    short = ("train.steps=1", "evaluation.samples_per_task=0", "loader.batch_size=2")
    values = find_recipe("micro", host.recipes)
    run = tmp_path_factory.mktemp("run")
    train(resolve_recipe(values, ["tracking.observers=[jsonl]", *short]), host, run)
    return run


@pytest.fixture
def ask(run_dir, capsys):
    """Run the command in this process; return (exit status, stdout, stderr)."""

    def _ask(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main(("run", "understanding", "--model", str(run_dir), *arguments))
        captured = capsys.readouterr()
        return stopped.value.code, captured.out, captured.err

    return _ask


def test_answer_is_printed_the_same_each_time(ask, tmp_path):
    clip = tmp_path / "clip.wav"
    noise = torch.randn(1, 22050, generator=torch.Generator().manual_seed(0))
    save_waveform(Waveform(0.1 * noise, 22050), clip)
    flags = ("--question", QUESTION, "--audio", str(clip), "--max-new-tokens", "8")
    code, said, notes = ask(*flags)
    assert code == 0, notes
    assert said.strip()
    assert QUESTION not in said
    assert "note: resampled 22050 → 16000 Hz" in notes

    code, out, _ = ask(*flags, "--json")
    report = json.loads(out)
    assert report["answer"] == said.removesuffix("\n")
    assert report["conversions"] == ["resampled 22050 → 16000 Hz"]
    assert report["task"] == "understanding"
    assert report["seed"] is None


def test_a_drawn_answer_tells_its_seed(ask):
    flags = ("--question", QUESTION, "--max-new-tokens", "8", "--temperature", "1", "--json")
    first = json.loads(ask(*flags)[1])
    assert first["seed"] is not None
    again = json.loads(ask(*flags, "--seed", str(first["seed"]))[1])
    assert again == first


def test_a_seed_that_draws_nothing_is_refused(ask):
    code, _, told = ask("--question", QUESTION, "--seed", "3")
    assert code == 1
    assert "--seed without --temperature" in told


def test_python_takes_the_fields_of_the_request(run_dir, host):
    model = AudioOmni.from_pretrained(run_dir, catalog=host)
    choices = ["a dog", "a bell"]
    chosen = model.understand("What is heard?", choices=choices, max_new_tokens=8)
    asked = "What is heard? Choose one: a dog, a bell."
    assert chosen == model.understand(asked, max_new_tokens=8)
    assert chosen != model.understand("What is heard?", max_new_tokens=8)
    with pytest.raises(RequestError, match="use_video_audio with no video"):
        model.understand("What is heard?", use_video_audio=True)


def test_missing_question_and_output_are_wrong_usage(ask):
    assert ask()[0] == 2
    assert ask("--question", QUESTION, "-o", "x.wav")[0] == 2
