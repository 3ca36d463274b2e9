"""The paper's recipe against the paper, and the how-to's rows against the recipe."""

import json
import re
from pathlib import Path

import pytest
import soundfile
import torch
from audio_omni.core.data.uri import open_source
from audio_omni.core.payloads import REFERENCE_AUDIO, VIDEO
from audio_omni.core.planning.readiness import needs_of
from audio_omni.core.task import build_task

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "how-to" / "lay-out-the-papers-data.md"
HOURS = {
    "text_to_audio": 1400,
    "video_to_audio": 700,
    "text_to_music": 17_000,
    "video_to_music": 16_000,
}
"""Table A4, for the families that are one task."""
SPEECH, EDITS = {"text_to_speech", "speech_editing"}, {"add", "remove", "extract", "style_transfer"}
RATE = 16000


def example_rows():
    """Return the rows that the page shows, by the letters of their ids."""
    block = re.search(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    rows = [json.loads(line) for line in block.splitlines()]
    return {row["id"].split("-")[0]: row for row in rows} | {"ae-remove": rows[3]}


@pytest.fixture
def data(tmp_path, monkeypatch, resolve):
    """A folder with every set of the recipe, of two rows each, laid out as the page says."""
    shown = example_rows()
    remove, style, speech = shown["ae-remove"], shown["ae"], shown["af"]
    rows = {
        "audioedit": [{**remove, "id": f"e-{t}", "task": t} for t in ("add", "remove", "extract")]
        + [style],
        "audioflan_speech": [speech, {**speech, "id": "af-13", "transcript": "Good night."}],
    }
    for use in resolve("paper").mixture.sources:
        name = use.uri.split("/")[1]
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        own = rows.get(name, [shown["vgg" if "video" in use.task else "ac"]])
        (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, own)) + "\n")
        for row in own:
            for place, field in enumerate(("source_audio", "audio")):
                if field in row:
                    path = folder / row[field]
                    path.parent.mkdir(parents=True, exist_ok=True)
                    tone = torch.sin(torch.arange(RATE) * (0.1 + place)).numpy()
                    soundfile.write(path, 0.5 * tone, RATE)
    monkeypatch.setenv("AUDIO_OMNI_DATA", str(tmp_path))
    return tmp_path


def test_the_set_up_is_the_papers(resolve):
    recipe = resolve("paper")
    train, sampling = recipe.train, recipe.sampling
    assert (train.steps, recipe.loader.batch_size) == (80_000, 5120)
    assert (train.learning_rate, train.weight_decay) == (5e-5, 1e-3)
    assert (sampling.steps, sampling.guidance_scale) == (100, 6.0)
    mel = recipe.model.conditioners["audio_input_prompt"].options
    assert mel["training_mask"] == [0.2, 0.75]
    assert (recipe.model.dit.width, recipe.model.dit.depth, recipe.model.dit.heads) == (
        2048,
        36,
        32,
    )
    assert recipe.loader.batch_size % (64 * train.accumulate) == 0


def test_weights_are_the_hours_of_table_a4(resolve):
    hours: dict[str, float] = {}
    for use in resolve("paper").mixture.sources:
        hours[use.task] = hours.get(use.task, 0) + use.weight
    assert {task: hours[task] for task in HOURS} == HOURS
    assert sum(hours[task] for task in SPEECH) == 6000
    assert sum(hours[task] for task in EDITS) == 3000
    assert set(hours) == {*HOURS, *SPEECH, *EDITS}


def test_the_guides_rows_are_rows_of_the_recipe(data, resolve, host):
    recipe = resolve("paper")
    needs, states = needs_of(recipe, host)
    assert [state.problem for state in states] == [None] * len(recipe.mixture.sources)
    for use in recipe.mixture.sources:
        source, task = open_source(use.uri, use.options, host), build_task(host, use.task, {})
        row = source.row(0)
        if VIDEO in host.tasks.get(use.task).fills:
            assert {"video"} == set(row.media)
            continue
        example = task.to_example(row)
        assert example.target is not None
        if "join" in use.options:
            assert example.payloads[REFERENCE_AUDIO].waveform is not None
    gone = {need.name for need in needs if need.is_missing}
    files = {name for name in gone if name.startswith("model.")}
    assert len(files) == 3  # codec, vocabulary, synchronisation
    for need in needs:
        if need.name in files:
            assert str(data / "models") in need.detail


def test_the_guide_names_every_folder_and_file(resolve):
    text = PAGE.read_text(encoding="utf-8")
    recipe = resolve("paper")
    for use in recipe.mixture.sources:
        assert f"`{use.uri.split('/')[1]}`" in text
    named = re.findall(r"\$\{AUDIO_OMNI_DATA\}/(models/[\w.-]+)", recipe.model.model_dump_json())
    assert len(named) == 3
    assert all(f"`{name}`" in text for name in named)
