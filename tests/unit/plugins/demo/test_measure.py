import pytest
import torch
from audio_omni.core.errors import RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.metrics import plugin
from audio_omni.plugins.demo import controls, measure, tables

RATE = 16000


class Lookup:
    def __init__(self, specs):
        self.specs = {spec.name: spec for spec in specs}

    def get(self, name):
        return self.specs[name]

    def load(self, name):
        import importlib

        module, _, attribute = self.specs[name].factory.partition(":")
        return getattr(importlib.import_module(module), attribute)


class Catalog:
    metrics = Lookup(plugin.register_metrics())


class Ear:
    """Hears a tone by its strongest frequency."""

    labels = ("low", "high")
    digest = "ear"

    def predict(self, waveform):
        spectrum = torch.fft.rfft(waveform.samples[0]).abs()
        high = float(int(spectrum.argmax()) * RATE / waveform.samples.shape[1] > 1000)
        return {"low": 1 - high, "high": high}


def tone(hertz, gain=0.3):
    t = torch.arange(RATE) / RATE
    return Waveform(gain * torch.sin(2 * torch.pi * hertz * t)[None], RATE)


def edit(gain=0.25, span=((0.2, 0.6),)):
    source = tone(300)
    target = Waveform(source.samples.clone(), RATE)
    target.samples[:, 3200:9600] += tone(2000).samples[:, 3200:9600]
    noise = torch.randn(1, RATE, generator=torch.Generator().manual_seed(1)) * 0.001
    return Measured(
        generated=Waveform(source.samples + gain / 0.3 * (target.samples - source.samples), RATE)
        if gain
        else Waveform(source.samples + noise, RATE),
        reference=target,
        source=source,
        truth={"span": [list(item) for item in span]},
    )


def test_ours_stands_beside_the_controls_over_the_same_clips():
    found = measure.measure_edits({"add": [edit(0.25), edit(0.2)]}, Catalog, metrics=["lsd"])
    (item,) = found
    assert item.ours.n == item.controls["copy the input"].n == item.controls["silence"].n == 2
    assert 0 < item.ours.value < item.controls["copy the input"].value
    assert item.controls["copy the input"].value < item.controls["silence"].value


def test_a_copy_of_the_input_is_measured_on_the_input():
    clip = edit()
    copied = controls.copy_of_input(clip)
    assert copied.generated is clip.source
    assert copied.reference is clip.reference


def test_clips_without_a_region_are_left_out_of_all_and_counted():
    clips = [edit(0.25), edit(0.25, span=((0.0, 5.0),)), edit(0.2)]
    (item,) = measure.measure_edits({"add": clips}, Catalog, metrics=["lsd_outside"])
    assert item.ours.n == item.controls["silence"].n == 2
    ((reason, count),) = item.left_out.items()
    assert count == 1
    assert "outside the edited spans" in reason
    assert "lsd_outside of add: 1" in tables.edit_table([item], {}).note


def test_a_failing_control_leaves_the_clip_out_of_ours_too():
    generated_only = Measured(generated=tone(300), reference=tone(400))
    (item,) = measure.measure_edits({"add": [edit(), generated_only]}, Catalog, metrics=["lsd"])
    assert item.ours.n == item.controls["copy the input"].n == 1


def test_a_metric_without_clips_is_left_out():
    assert measure.measure_edits({"add": []}, Catalog) == []


def test_options_reach_the_metric():
    options = {"lsd": {"unit": "decibel"}}
    (item,) = measure.measure_edits({"add": [edit()]}, Catalog, metrics=["lsd"], options=options)
    assert item.ours.unit == "dB"
    assert item.ours.fingerprint["options"]["unit"] == "decibel"


def test_the_best_of_a_row_is_bold():
    found = measure.measure_edits({"add": [edit()] * 2}, Catalog, metrics=["lsd"])
    table = tables.edit_table(found, {"add": "Add"})
    (row,) = table.rows
    assert len(row) == len(table.header)
    assert row[0] == "Add"
    assert [cell.best for cell in row[2:5]] == [True, False, False]
    assert "[" in row[2].text


def test_a_worse_edit_gives_the_bold_to_the_copy():
    worse = [edit(), edit()]
    worse = [Measured(tone(5000), clip.reference, clip.source, truth=clip.truth) for clip in worse]
    found = measure.measure_edits({"add": worse}, Catalog, metrics=["lsd"])
    (row,) = tables.edit_table(found, {}).rows
    assert [cell.best for cell in row[2:5]] == [False, True, False]


def test_heard_stands_beside_guessing_and_real_renderings():
    clips = [
        Measured(generated=tone(made), reference=tone(asked), truth={"label": label})
        for made, asked, label in [
            (300, 300, "low"),
            (300, 3000, "high"),
            (3000, 3000, "high"),
            (3000, 3000, "high"),
        ]
    ]
    found = measure.measure_heard({"text_to_audio": clips}, Catalog, Ear())
    assert [item.ours.name for item in found] == ["event_heard", "event_heard_top1"]
    assert found[0].ours.value == 0.75
    assert found[0].controls["real renderings"].value == 1.0
    assert found[0].chance == 0.5
    (row, _) = tables.heard_table(found, {}).rows
    assert row[2].text.startswith("75% [")
    assert row[2].best
    assert row[3:] == ("50%", "100%", "4")


def test_chance_counts_the_different_events():
    scene = Measured(
        tone(300),
        truth={"events": [{"label": "low"}, {"label": "high"}, {"label": "low"}]},
    )
    assert measure.chance_level([scene], 8) == 0.25


def test_controls_say_what_is_missing():
    with pytest.raises(RequestError, match="without an input"):
        controls.copy_of_input(Measured(tone(300)))
    with pytest.raises(RequestError, match="without a target"):
        controls.real_rendering(Measured(tone(300)))
    assert float(controls.silence(Measured(tone(300))).generated.samples.abs().max()) == 0.0
