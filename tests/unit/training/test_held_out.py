"""Metrics of a recipe: names or mappings, checked before training, measured as they say."""

import pytest
import torch
import yaml
from audio_omni.core.errors import ConfigError
from audio_omni.core.events import Sample
from audio_omni.core.measuring import Ears
from audio_omni.core.media.video import VideoClip
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.core.metric_use import MetricUseConfig
from audio_omni.core.recipe import dump_recipe, find_recipe, resolve_recipe
from audio_omni.core.source import Row
from audio_omni.core.training.held_out import as_measured, measure
from audio_omni.core.training.preflight import check_names
from audio_omni.plugins.manager import build_plugin_manager


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False, strict=True)


def with_metrics(host, metrics, recipe="micro"):
    values = {**find_recipe(recipe, host.recipes), "evaluation": {"every": 1, "metrics": metrics}}
    return resolve_recipe(values)


def test_an_entry_is_a_name_or_a_mapping_and_is_saved_as_it_was_written(host):
    quiet = {"name": "lsd", "options": {"floor_dbfs": -60.0}, "label": "lsd_60"}
    recipe = with_metrics(host, ["si_sdr", quiet])
    plain, other = recipe.evaluation.metrics
    assert (plain.name, plain.options, plain.shown) == ("si_sdr", {}, "si_sdr")
    assert (other.name, other.shown) == ("lsd", "lsd_60")
    saved = yaml.safe_load(dump_recipe(recipe))
    assert saved["evaluation"]["metrics"] == ["si_sdr", quiet]
    assert resolve_recipe(saved) == recipe
    check_names(recipe, host, "cpu")


def test_options_decide_what_is_measured(host):
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, 8000, generator=generator) * 0.01
    clip = Measured(Waveform(noise, 8000), reference=Waveform(noise.flip(-1), 8000), id="a")
    plain = MetricUseConfig(name="lsd")
    deaf = MetricUseConfig(name="lsd", label="deaf", options={"floor_dbfs": -1.0})
    found = measure([clip], [plain, deaf], Ears(host))
    assert set(found) == {"lsd", "deaf"}
    assert found["deaf"].value < found["lsd"].value / 10
    assert found["deaf"].fingerprint["options"]["floor_dbfs"] == -1.0


def test_an_edit_that_fills_a_clip_does_not_end_a_run(host):
    """It is counted; a metric without a value for any clip is left out, and the others stand."""
    noise = Waveform(torch.randn(1, 8000, generator=torch.Generator().manual_seed(0)) * 0.1, 8000)
    clips = [
        Measured(noise, reference=noise, truth={"span": [[0.2, end]]}, id=str(end))
        for end in (0.4, 0.6)
    ]
    filled = Measured(noise, reference=noise, truth={"span": [[0.0, 1.5]]}, id="filled")
    uses = [MetricUseConfig(name=name) for name in ("log_mel_distance_outside", "lsd")]
    found = measure([*clips, filled], uses, Ears(host))
    assert found["log_mel_distance_outside"].n == 2
    assert found["log_mel_distance_outside"].undefined == {
        "no frame lies outside the edited spans": 1
    }
    assert found["lsd"].n == 3
    assert set(measure([filled], uses, Ears(host))) == {"lsd"}


def test_a_metric_that_sees_measures_the_rows_that_have_a_video():
    host = build_plugin_manager(extra_modules=("tiny_synchformer",), entry_points=False)
    use = MetricUseConfig(name="desync", options={"embedder": {"name": "tiny_synchformer"}})
    generator = torch.Generator().manual_seed(0)
    noise = Waveform(torch.randn(1, 5 * 16000, generator=generator) * 0.1, 16000)
    pixels = torch.randint(0, 256, (125, 32, 32, 3), dtype=torch.uint8, generator=generator)
    rows = [
        Row(id="seen", fields={}, media={"video": lambda: VideoClip.of_frames(pixels.numpy(), 25)}),
        Row(id="told", fields={}),
    ]
    samples = [Sample("video_to_audio", row.id, noise, None, None, "", 0) for row in rows]
    clips = [as_measured(sample, row) for sample, row in zip(samples, rows, strict=True)]
    assert measure(clips, [use], Ears(host))["desync"].n == 1
    assert measure(clips[1:], [use], Ears(host)) == {}


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ([3], r"metrics.0': expected a metric's name, or \{name: NAME, options: .* \(got 3\)"),
        ([{"options": {}}], "field 'evaluation.metrics.0.name' is required"),
        ([{"name": "lsd", "option": {}}], "'evaluation.metrics.0.option'. Did you mean 'options'"),
        (["lsd", {"name": "lsd", "options": {"floor_dbfs": -60}}], "two entries are called 'lsd'"),
    ],
)
def test_an_entry_of_another_form_is_refused(host, metrics, told):
    with pytest.raises(ConfigError, match=told):
        with_metrics(host, metrics)


@pytest.mark.parametrize(
    ("recipe", "use", "told"),
    [
        (
            "micro",
            {"name": "lsd", "options": {"floor_db": -60}},
            "Options of metric 'lsd' in evaluation.metrics: unknown field 'floor_db'. Did you mean",
        ),
        (
            "micro",
            {"name": "lsd", "options": {"floor_dbfs": 3}},
            r"'floor_dbfs': Input should be less than 0 \(got 3\)",
        ),
        (
            "micro",
            {"name": "fad", "options": {"embedder": {"name": "vgish"}}},
            "Unknown embedder 'vgish'. Did you mean 'vggish'",
        ),
        (
            "micro",
            {"name": "fad", "options": {"embedder": {"name": "vggish", "options": {"hop": 1}}}},
            "Options of embedder 'vggish' in evaluation.metrics: unknown field 'hop'",
        ),
        (
            "micro",
            "fad",
            "measures sets, .*samples_per_task is 1; expected at least 2",
        ),
        ("micro", "mmau_accuracy", "names 'mmau_accuracy', which measures text; .* give audio"),
        ("nano_understanding", "exact_match", "by exact_match alone: leave evaluation.metrics"),
    ],
)
def test_what_does_not_fit_stops_before_training(host, recipe, use, told):
    with pytest.raises(Exception, match=told):
        check_names(with_metrics(host, [use], recipe), host, "cpu")
