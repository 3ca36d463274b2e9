"""What a call may ask of a pipeline besides its request: windows, precision, offloading, length."""

from dataclasses import replace

import pytest
import torch
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError, RequestError
from audio_omni.core.execution import ExecutionConfig
from audio_omni.core.flow.config import SamplingConfig
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.models.build import build_model
from audio_omni.core.models.config import ModelConfig
from audio_omni.core.models.presets import expand_preset
from audio_omni.core.training.restore import ready_pipeline
from audio_omni.plugins.manager import build_plugin_manager

RATE = 16000
SAMPLING = SamplingConfig(steps=2, guidance_scale=2.0)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False, strict=True)


@pytest.fixture(scope="module")
def make(host):
    """A function that gives a pipeline over the same weights, run as asked."""

    def pipeline(execution=None, **changes):
        values = {**expand_preset({"preset": "micro"}), **changes}
        model = build_model(parse_config(ModelConfig, values, where="micro"), host)
        for parameter in model.dit.parameters():
            if not parameter.any():
                torch.nn.init.normal_(parameter, std=0.05, generator=torch.Generator())
        config = parse_config(ExecutionConfig, execution or {}, where="Execution")
        return ready_pipeline(model, CPU, config, catalog=host, sampling=SAMPLING)

    return pipeline


@pytest.fixture(scope="module")
def plain(make):
    return make()


def source(seconds):
    noise = torch.randn(1, round(seconds * RATE), generator=torch.Generator().manual_seed(0))
    return Waveform(0.1 * noise, RATE)


def edit(pipeline, seconds, **options):
    request = {"source_audio": source(seconds), "description": "wind"}
    (result,) = pipeline.run("remove", [request], seeds=[5], **options)
    return result


def test_a_source_that_fits_is_not_cut_into_windows(plain):
    whole, asked = edit(plain, 2.0), edit(plain, 2.0, long_source="windows")
    assert torch.equal(whole.samples, asked.samples)
    assert asked.provenance["conversions"] == whole.provenance["conversions"]


def test_a_long_source_is_refused_with_the_way_out(plain):
    with pytest.raises(RequestError, match=r"at most 3 s.*windows that overlap \(--long-source"):
        edit(plain, 4.0)


def test_windows_cover_a_long_source_and_are_recorded(plain):
    result = edit(plain, 7.3, long_source="windows")
    assert result.samples.shape == (1, round(7.3 * RATE))
    notes = result.provenance["conversions"]
    assert any("joined 4 windows" in note for note in notes)
    assert len(notes) == len(set(notes))
    assert result.waveform.conversions == ()
    first = edit(plain, 7.3, long_source="windows").samples
    assert torch.equal(first, result.samples)


def test_the_first_window_is_what_it_would_be_alone(plain):
    request = {"source_audio": Waveform(source(7.3).samples[:, : 3 * RATE], RATE)}
    (alone,) = plain.run("remove", [{**request, "description": "wind"}], seeds=[5])
    joined = edit(plain, 7.3, long_source="windows")
    torch.testing.assert_close(joined.samples[:, : 2 * RATE], alone.samples[:, : 2 * RATE])


def test_items_that_fit_and_items_that_do_not_mix(plain):
    requests = [{"source_audio": source(s), "description": "wind"} for s in (2.0, 4.0)]
    short, long = plain.run("remove", requests, seeds=[5, 6], long_source="windows")
    assert short.samples.shape[1] == 2 * RATE
    assert long.samples.shape[1] == 4 * RATE
    assert torch.equal(short.samples, edit(plain, 2.0).samples)


@pytest.mark.parametrize("execution", [{"offload": True}, {"decode_chunk_frames": 7}])
def test_where_parts_wait_changes_nothing(make, plain, execution):
    requests = [{"prompt": "rain", "seconds": 1.0}]
    (wanted,) = plain.run("T2A", requests, seeds=[1])
    (got,) = make(execution).run("T2A", requests, seeds=[1])
    assert torch.equal(got.samples, wanted.samples)


def test_half_precision_is_near(make, plain):
    def latent(pipeline):
        (example,) = pipeline.examples("T2A", [{"prompt": "rain", "seconds": 1.0}])
        encoded = pipeline.model.encode([pipeline.model.prepare(example)])
        with torch.no_grad():
            return pipeline.sample(encoded, [1], SAMPLING)[0]

    half = make({"precision": "bfloat16"})
    assert half.model.dit.dtype is torch.bfloat16
    wanted, got = latent(plain), latent(half)
    assert got.dtype is torch.float32
    assert 0 < (got - wanted).abs().max() / wanted.abs().max() < 0.1


def test_a_cuda_graph_needs_cuda(make):
    with pytest.raises(ConfigError, match="cuda_graph is on, but the device is 'cpu'"):
        make({"cuda_graph": True})


def test_a_model_of_one_length_generates_all_of_it(make, plain):
    fixed = make(fixed_length=True)
    requests = [{"prompt": "rain", "seconds": 1.0}]
    (short,) = fixed.run("T2A", requests, seeds=[1])
    (full,) = fixed.run("T2A", [{"prompt": "rain"}], seeds=[1])
    assert short.samples.shape[1] == RATE
    assert torch.equal(short.samples, full.samples[:, :RATE])
    (free,) = plain.run("T2A", requests, seeds=[1])
    assert not torch.equal(short.samples, free.samples)


def test_what_a_model_cannot_read_is_noted(plain):
    (result,) = plain.run("TTS", [{"transcript": "hello", "seconds": 1.0}], seeds=[1])
    notes = result.provenance["conversions"]
    assert [note for note in notes if note.startswith("transcript: nothing in this model reads it")]
    assert not any(note.startswith("reference_audio") for note in notes)


def test_the_words_of_a_voice_are_cut_off_again(plain):
    request = {
        "transcript": "hello",
        "voice_audio": source(1.0),
        "voice_transcript": "one second",
        "seconds": 0.5,
    }
    (example,) = plain.examples("TTS", [request])
    assert (example.seconds, example.skip_seconds) == (1.5, 1.0)
    (result,) = plain.run_examples([example], [1], SAMPLING)
    (whole,) = plain.run_examples([replace(example, skip_seconds=0.0)], [1], SAMPLING)
    assert torch.equal(result.samples, whole.samples[:, RATE:])
    long = {**request, "voice_audio": source(2.9), "seconds": None}
    assert plain.run("TTS", [long], seeds=[1])[0].samples.shape[1] == round(0.1 * RATE)
    with pytest.raises(RequestError, match=r"the voice lasts 3.00 s.*Cut the voice"):
        plain.run("TTS", [{**long, "voice_audio": source(3.0)}], seeds=[1])


def test_a_task_may_have_a_guidance_of_its_own(plain):
    plain_scale = plain.sampling
    own = SamplingConfig(steps=2, guidance_scale=2.0, guidance_by_task={"remove": 1.0})
    request = {"source_audio": source(1.0), "description": "wind"}

    def scale_of(task, **options):
        (result,) = plain.run(task, [request], seeds=[5], **options)
        return result.provenance["sampling"]["guidance_scale"], result.waveform.samples

    try:
        as_told, told = scale_of("remove", sampling=SamplingConfig(steps=2, guidance_scale=1.0))
        plain.sampling = own
        by_default, default = scale_of("remove")
        other, _ = scale_of("extract")
        asked, _ = scale_of("remove", sampling=SamplingConfig(steps=2, guidance_scale=3.0))
    finally:
        plain.sampling = plain_scale
    assert (as_told, by_default, other, asked) == (1.0, 1.0, 2.0, 3.0)
    assert torch.equal(told, default)


def test_what_a_caller_asks_for_outranks_a_tasks_own_guidance(plain):
    from audio_omni import AudioOmni

    engine = AudioOmni(plain)
    before = plain.sampling
    plain.sampling = SamplingConfig(steps=2, guidance_by_task={"remove": 1.0})
    try:
        wanted = [
            engine.run("remove", seed=1, source_audio=source(0.5), description="wind", **options)
            for options in ({}, {"guidance_scale": 4.0}, {"steps": 1})
        ]
    finally:
        plain.sampling = before
    found = [r.provenance["sampling"] for r in wanted]
    assert [facts["guidance_scale"] for facts in found] == [1.0, 4.0, 1.0]
    assert [facts["steps"] for facts in found] == [2, 2, 1]


@pytest.mark.parametrize(
    ("name", "message"),
    [("removal", "removal"), ("T2A", "short for 'text_to_audio'")],
)
def test_a_guidance_of_no_task_is_refused_before_the_first_step(host, name, message):
    from audio_omni.core.errors import AudioOmniError
    from audio_omni.core.recipe import find_recipe, resolve_recipe
    from audio_omni.core.training.preflight import check_names

    values = find_recipe("micro", host.recipes)
    recipe = resolve_recipe(values, [f"sampling.guidance_by_task.{name}=1"])
    with pytest.raises(AudioOmniError, match=message):
        check_names(recipe, host, "cpu")
