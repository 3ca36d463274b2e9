"""Every task that makes audio, learned in one mixture of the embedded world, and then asked for."""

import json
import math

import numpy as np
import pytest
import soundfile
from audio_omni import AudioOmni
from audio_omni.core.cli.main import main
from audio_omni.core.data.uri import open_source
from audio_omni.core.media.audio import save_waveform
from audio_omni.core.task import build_task
from audio_omni.core.training.session import train
from audio_omni.tasks.speaking import UNWRITTEN
from audio_omni.tasks.voice_conversion import NOT_HEARD

TAUGHT_BY = {
    "text_to_audio": "sounds",
    "text_to_music": "music",
    "video_to_audio": "impacts",
    "video_to_music": "scenes",
    "text_to_speech": "voice_prompt",
    "voice_conversion": "voice_conversion",
    "speech_editing": "speech_editing",
    "in_context_generation": "in_context",
    "add": "add",
    "remove": "remove",
    "extract": "extract",
    "style_transfer": "style_transfer",
    "instruction_editing": "remove",
}
"""Task → a locator of the embedded world with rows for it."""
TRANSCRIPT = {"name": "transcript", "options": {"text_width": 16, "positions": 64, "tokens": 16}}
RATE = 16000
CLIPS = ("source.wav", "edited.wav")


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, host):
    """A model of three steps over all tasks, each as likely as the others."""
    from audio_omni.core.recipe import find_recipe, resolve_recipe

    values = find_recipe("micro", host.recipes)
    values["model"]["conditioners"] = {"transcript": TRANSCRIPT}
    values["mixture"]["sources"] = [
        {"uri": f"soundworld:{locator}", "task": task} for task, locator in TAUGHT_BY.items()
    ]
    short = ("train.steps=3", "train.warmup_steps=1", "loader.batch_size=13", "sampling.steps=1")
    recipe = resolve_recipe(values, ["tracking.observers=[jsonl]", "evaluation.every=3", *short])
    run = tmp_path_factory.mktemp("every-task") / "run"
    train(recipe, host, run)
    return run


def test_every_task_that_makes_audio_is_taught(host):
    learned = {s.name for s in host.tasks if s.output == "audio" and s.needs_training}
    assert set(TAUGHT_BY) == learned


def test_every_task_is_learned_and_sampled(run_dir):
    events = [json.loads(line) for line in (run_dir / "history.jsonl").read_text().splitlines()]
    losses = [e["task_loss"] for e in events if e["event"] == "step_end"]
    assert set().union(*losses) == set(TAUGHT_BY)
    assert all(math.isfinite(loss) for step in losses for loss in step.values())


@pytest.mark.parametrize("task", TAUGHT_BY)
def test_a_row_and_a_demo_are_made(run_dir, host, task):
    """What is made is as long as the row's target: of speech, the new part alone."""
    model = AudioOmni.from_pretrained(run_dir, catalog=host)
    row = open_source(f"soundworld:{TAUGHT_BY[task]}", {}, host).row(0)
    (made,) = model.pipeline.run(task, [row], seeds=[1])
    assert abs(made.samples.shape[1] - row.audio().samples.shape[1]) <= 1
    demo = build_task(host, task, {}).demo_request()
    assert model.run(task, seed=1, **dict(demo)).waveform.seconds == pytest.approx(1.0)


def run(*arguments):
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    assert stopped.value.code == 0


def test_speech_is_converted_and_edited_from_the_command_line(
    run_dir, host, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    row = open_source("soundworld:voice_conversion", {}, host).row(0)
    source, voice = (row.media[name]() for name in ("source_audio", "voice_audio"))
    save_waveform(source, "source.wav")
    save_waveform(voice, "voice.wav")
    common = ("--source-audio", "source.wav", "--model", run_dir, "--seed", "1", "--json")
    words = ("--transcript", row.fields["transcript"])
    run("run", "VC", *common, *words, "--voice-audio", "voice.wav", "-o", "converted.wav")
    told = json.loads(capsys.readouterr().out)["provenance"]["conversions"]
    assert told[:2] == [UNWRITTEN, NOT_HEARD]
    assert abs(soundfile.info("converted.wav").frames - source.samples.shape[1]) <= 1

    part = ("--start-seconds", "0.1", "--end-seconds", "0.3", "--new-seconds", "0.5")
    run("run", "speech_editing", *common, *words, *part, "-o", "edited.wav")
    told = json.loads(capsys.readouterr().out)["provenance"]["conversions"]
    assert told[0] == "0.100 … 0.300 s of the source are made anew, 0.500 s long"
    assert told[-1].startswith("kept the recording outside 0.100 … 0.600 s")
    before, after = (soundfile.read(name, dtype="float32")[0] for name in CLIPS)
    assert abs(len(after) - (len(before) + 0.3 * RATE)) <= 1
    first, last = round(0.1 * RATE), round(0.6 * RATE)
    assert np.array_equal(after[:first], before[:first])
    assert np.array_equal(after[last:], before[round(0.3 * RATE) :][: len(after) - last])
    assert after[first:last].any()
