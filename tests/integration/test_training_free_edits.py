"""Edits that need no training, with a tiny model: what comes back, is read, is refused."""

import json
from dataclasses import replace

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.core.cli.main import main
from audio_omni.core.config import parse_config
from audio_omni.core.editing import bind, open_flow
from audio_omni.core.errors import ConfigError, DataError, RequestError
from audio_omni.core.execution import ExecutionConfig
from audio_omni.core.flow.config import SamplingConfig
from audio_omni.core.flow.editing.methods import EditFriendlyInversion
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.models.build import build_model
from audio_omni.core.models.config import ModelConfig
from audio_omni.core.models.presets import expand_preset
from audio_omni.core.source import Row
from audio_omni.core.training.restore import ready_pipeline
from audio_omni.core.wording import TaskWording

RATE = 16000
BOTH = {"source_caption": "a dog barks", "target_caption": "rain falls"}
METHODS = ("sdedit", "ode_inversion", "edit_friendly_inversion", "flow_edit")
CONTROLS = ("copy", "silence", "codec")
QUICK = SamplingConfig(solver="midpoint", steps=6, guidance_scale=2.0)
NEARLY = {"rtol": 0.0, "atol": 1e-3}
"""Of clips around 0.1: the codec makes phases up step by step, and last bits grow on the way."""
every_method = pytest.mark.parametrize("task", METHODS)


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
        sampling = SamplingConfig(steps=2, guidance_scale=2.0, guidance_by_task={"flow_edit": 3.0})
        device = torch.device("cpu")
        return ready_pipeline(model, device, config, catalog=host, sampling=sampling)

    return pipeline


@pytest.fixture(scope="module")
def plain(make):
    return make()


def recording(seconds=1.0, seed=0, channels=1, rate=RATE):
    generator = torch.Generator().manual_seed(seed)
    return Waveform(0.1 * torch.randn(channels, round(seconds * rate), generator=generator), rate)


def request(**changes):
    return {"source_audio": recording(), **BOTH, **changes}


def run(pipeline, task, *requests, seeds=(5,), **options):
    options = {"sampling": QUICK, **options}
    return pipeline.run(task, list(requests), seeds=list(seeds), **options)


@every_method
def test_a_result_is_as_long_as_the_recording_and_says_how_it_was_made(plain, task):
    (result,) = run(plain, task, request(source_audio=recording(0.777), t_start=0.5))
    assert result.samples.shape == (1, round(0.777 * RATE))
    assert result.samples.std() > 0
    facts = result.provenance["editing"]
    assert (facts["method"], facts["t_start"]) == (task, 0.5)
    assert result.provenance["request"]["target_caption"] == "rain falls"


CALLS = {
    "sdedit": 3 * 2 * 2,  # 3 of 6 steps by midpoint, two branches
    "ode_inversion": 3 * 2 + 3 * 2 * 2,  # up without guidance
    "edit_friendly_inversion": 3 + 3 * 2,
    "flow_edit": 3 + 3 * 2,
}


@every_method
def test_network_calls_are_counted_for_each_recording(plain, task):
    one = run(plain, task, request(t_start=0.5))
    two = run(plain, task, *[request(t_start=0.5)] * 2, seeds=(5, 6))
    calls = [result.provenance["editing"]["network_calls"] for result in (*one, *two)]
    assert calls == [CALLS[task]] * 3


@every_method
def test_an_item_alone_equals_the_item_in_a_batch_of_unlike_lengths(plain, task):
    short = request(source_audio=recording(0.5, seed=1), target_caption="a bell rings twice")
    together = run(plain, task, request(), short, seeds=(5, 6))
    alone = [*run(plain, task, request()), *run(plain, task, short, seeds=(6,))]
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one.samples, other.samples, **NEARLY)


def test_items_with_other_settings_keep_their_order(plain):
    starts = [0.3, 0.9, 0.3]
    many = run(plain, "sdedit", *[request(t_start=t) for t in starts], seeds=(1, 2, 3))
    told = [result.provenance["editing"]["t_start"] for result in many]
    assert told == starts
    (lone,) = run(plain, "sdedit", request(t_start=0.9), seeds=(2,))
    torch.testing.assert_close(many[1].samples, lone.samples, **NEARLY)


def test_a_seed_decides_everything(plain):
    for task in METHODS:
        first, again = run(plain, task, request()), run(plain, task, request())
        assert torch.equal(first[0].samples, again[0].samples)
    other = run(plain, "sdedit", request(), seeds=(6,))
    assert not torch.equal(other[0].samples, run(plain, "sdedit", request())[0].samples)


@pytest.mark.parametrize("task", ["edit_friendly_inversion", "flow_edit", "ode_inversion"])
def test_equal_descriptions_without_guidance_give_what_the_codec_gives(plain, task):
    same = request(target_caption=BOTH["source_caption"])
    unguided = SamplingConfig(solver="midpoint", steps=50, guidance_scale=1.0)
    (edited,) = run(plain, task, same, sampling=unguided)
    (coded,) = run(plain, "codec", {"source_audio": recording()})
    error = (edited.samples - coded.samples).norm() / coded.samples.norm()
    assert float(error) < 0.02  # the codec has no phases: they are made up from the latent


@pytest.mark.parametrize("task", ["edit_friendly_inversion", "flow_edit", "ode_inversion"])
def test_the_source_s_words_are_read(plain, task):
    (one,) = run(plain, task, request())
    (other,) = run(plain, task, request(source_caption="a bell rings"))
    assert not torch.equal(one.samples, other.samples)


def test_sdedit_reads_the_target_s_words_only(plain):
    (one,) = run(plain, "sdedit", request())
    (other,) = run(plain, "sdedit", request(source_caption="a bell rings"))
    silent = {key: value for key, value in request().items() if key != "source_caption"}
    assert torch.equal(one.samples, other.samples)
    assert torch.equal(one.samples, run(plain, "sdedit", silent)[0].samples)
    (told,) = run(plain, "sdedit", request(target_caption="a bell rings"))
    assert not torch.equal(one.samples, told.samples)


@every_method
def test_the_model_does_not_see_the_recording_as_a_reference(plain, host, task):
    """Its conditioners get the words alone: of the mel stream there is the null only."""
    example = plain.examples(task, [request()])[0]
    for prepared in bind(plain, example):
        given = {plain.model.slots[n] for n, p in prepared.prepared.items() if p is not None}
        assert given <= {"prompt"}
    heard = plain.examples("text_to_audio", [{"prompt": "rain falls"}])[0]
    assert example.payloads == heard.payloads


def test_words_are_put_as_the_model_was_trained_on_them(make):
    pipeline = make()
    pipeline.wording = {"text_to_audio": TaskWording(system="Hear!", user="Sound of {prompt}")}
    example = pipeline.examples("flow_edit", [request()])[0]
    assert example.payloads["prompt"].text == "Sound of rain falls"
    assert example.editing.described["prompt"].text == "Sound of a dog barks"
    assert example.payloads["prompt"].system == "Hear!"


def test_one_inversion_serves_many_descriptions(plain):
    """What a factory of pairs needs: the recording is inverted once."""
    targets = ["rain falls", "a bell rings", "a dog barks"]
    examples = plain.examples(
        "edit_friendly_inversion", [request(target_caption=words) for words in targets]
    )
    bound = [bind(plain, example) for example in examples]
    editor = EditFriendlyInversion(t_start=0.5)
    with torch.no_grad():
        flow = open_flow(plain, bound[:1], [5], QUICK)
        with flow.integrating():
            maps = editor.invert(flow, flow.encode())
        assert flow.network_calls == 3
        clips = []
        for one in bound:
            told = flow.retold([one.target])
            with told.integrating():
                latents = editor.apply(told, maps)
            clips.append(told.decode(latents)[0])
            assert told.network_calls == 3 * 2
    for clip, words in zip(clips, targets, strict=True):
        wanted = run(plain, "zeta", request(target_caption=words, t_start=0.5))[0].samples
        torch.testing.assert_close(clip, wanted, **NEARLY)


def test_controls(plain):
    source = recording(0.9, seed=3)
    (copied,) = run(plain, "copy", {"source_audio": source})
    assert torch.equal(copied.samples, source.samples)
    (silent,) = run(plain, "silence", {"source_audio": source})
    assert silent.samples.shape == source.samples.shape
    assert not silent.samples.any()
    (coded,) = run(plain, "codec", {"source_audio": source})
    (ceiling,) = run(plain, "oracle", {"target_audio": source})
    assert torch.equal(coded.samples, ceiling.samples)
    latent = plain.model.codec.encode(source.samples[None])
    wanted = plain.model.codec.decode(latent)[0, :, : source.samples.shape[-1]]
    torch.testing.assert_close(coded.samples, wanted, **NEARLY)
    named = [r.provenance["editing"]["method"] for r in (copied, silent, coded, ceiling)]
    assert named == ["copy", "silence", "codec", "oracle"]


def test_the_oracle_of_a_row_is_its_target(plain):
    target = recording(0.5, seed=8)
    row = Row("r", {**BOTH}, audio=lambda: target, media={"source_audio": recording})
    assert torch.equal(
        run(plain, "oracle", row)[0].samples,
        run(plain, "codec", {"source_audio": target})[0].samples,
    )
    assert run(plain, "sdedit", row)[0].samples.shape == (1, RATE)


def test_another_rate_and_channel_count_is_converted_and_said(plain):
    stereo = recording(0.5, channels=2, rate=22050)
    (result,) = run(plain, "sdedit", request(source_audio=stereo))
    assert result.samples.shape == (1, 8000)
    assert any("22050" in note for note in result.provenance["conversions"])


def test_settings_are_the_task_s_own_unless_a_call_or_the_model_says_otherwise(plain):
    assert plain.sampling_of("text_to_audio").steps == 2
    midway = plain.sampling_of("ode_inversion")
    assert (midway.solver, midway.steps, midway.guidance_scale) == ("midpoint", 50, 6.0)
    assert plain.sampling_of("zeta").steps == 100
    assert plain.sampling_of("flow_edit").guidance_scale == 3.0
    clip = AudioOmni(plain).run("sdedit", steps=4, seed=1, **request())
    assert clip.provenance["sampling"]["steps"] == 4
    assert clip.provenance["sampling"]["guidance_scale"] == 6.0


def test_a_recording_that_is_too_long_is_refused_with_the_way_out(plain):
    for task in (*METHODS, "copy"):
        values = request(source_audio=recording(4.0))
        fields = {k: v for k, v in values.items() if task != "copy" or k == "source_audio"}
        with pytest.raises(RequestError, match=r"at most 3 s.*long_source='windows'"):
            run(plain, task, fields)


def test_windows_cover_a_long_recording(plain):
    values = request(source_audio=recording(5.0))
    (result,) = run(plain, "flow_edit", values, long_source="windows")
    assert result.samples.shape == (1, 5 * RATE)
    assert any("joined 2 windows" in note for note in result.provenance["conversions"])
    assert result.provenance["editing"]["network_calls"] == 2 * (4 + 4 * 2)


@pytest.mark.parametrize("t_start", [0, -1, 1.2])
@every_method
def test_a_start_out_of_range_is_refused(plain, task, t_start):
    with pytest.raises(RequestError, match="t_start"):
        run(plain, task, request(t_start=t_start))


@pytest.mark.parametrize("missing", ["source_caption", "target_caption", "source_audio"])
def test_what_is_missing_is_named(plain, missing):
    values = {key: value for key, value in request().items() if key != missing}
    with pytest.raises(RequestError, match=f"field '{missing}' is required"):
        run(plain, "flow_edit", values)
    row = Row("row-7", {"caption": "rain"}, media={"source_audio": recording})
    with pytest.raises(DataError, match=r"Row 'row-7'.*'target_caption' is required"):
        run(plain, "sdedit", row)


def test_nothing_teaches_them(micro, host):
    from audio_omni.core.training.output import learned_output

    recipe = micro('mixture.sources=[{uri: "soundworld:remove", task: sdedit}]')
    with pytest.raises(ConfigError, match=r"'sdedit', which needs no training"):
        learned_output(recipe, host)


def test_parts_may_stay_on_the_cpu(make, plain):
    offloaded = make({"offload": True})
    for task in METHODS:
        one, other = run(offloaded, task, request()), run(plain, task, request())
        assert torch.equal(one[0].samples, other[0].samples)


def test_a_model_of_fixed_length_fills_up_with_silence(make):
    fixed = make(fixed_length=True)
    (coded,) = run(fixed, "codec", {"source_audio": recording(0.5)})
    (edited,) = run(fixed, "flow_edit", request(source_audio=recording(0.5)))
    assert coded.samples.shape == edited.samples.shape == (1, 8000)
    filled = torch.nn.functional.pad(recording(0.5).samples, (0, 40000))
    codec = fixed.model.codec
    wanted = codec.decode(codec.encode(filled[None]))[0, :, :8000]
    torch.testing.assert_close(coded.samples, wanted, **NEARLY)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, host):
    from audio_omni.core.recipe import find_recipe, resolve_recipe
    from audio_omni.core.training.session import train

    folder = tmp_path_factory.mktemp("runs") / "micro"
    short = ["train.steps=2", "train.checkpoint_every=2", "evaluation.samples_per_task=0"]
    quiet = ["tracking.observers=[jsonl]", "loader.workers=0"]
    train(resolve_recipe(find_recipe("micro", host.recipes), [*short, *quiet]), host, folder)
    return folder


def call(*arguments):
    """Return the exit status of the command line."""
    try:
        main([*map(str, arguments)])
    except SystemExit as end:
        return end.code or 0
    return 0


def test_the_command_line_edits_a_file(trained, tmp_path, capsys):
    from audio_omni.core.media.audio import save_waveform

    source, output = tmp_path / "dog.wav", tmp_path / "rain.flac"
    save_waveform(recording(), source)
    words = ["--source-caption", "a dog barks", "--target-caption", "rain falls"]
    end = ["--model", trained, "-o", output, "--seed", "3", "--steps", "4", "--json"]
    assert call("run", "sdedit", "--source-audio", source, *words, "--t-start", "0.5", *end) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["seconds"] == pytest.approx(1.0)
    assert report["provenance"]["editing"] == {
        "method": "sdedit", "t_start": 0.5, "network_calls": 4,
    }  # fmt: skip
    again = [*words, "--overwrite", "--t-start", "0", *end]
    assert call("run", "zeta", "--source-audio", source, *again) != 0
    told = capsys.readouterr()
    assert "t_start" in told.err + told.out


def test_windows_replace_what_an_editor_starts_from(plain):
    """A row's source in pieces: descriptions stay, the recording is cut."""
    from audio_omni.core.windows import cut_into_windows

    example = plain.examples("zeta", [request(source_audio=recording(5.0))])[0]
    parts, starts = cut_into_windows(example, 3.0)
    assert starts == [0.0, 2.0]
    assert [part.editing.source.seconds for part in parts] == [3.0, 3.0]
    assert {part.editing.editor for part in parts} == {example.editing.editor}
    assert replace(parts[0], editing=None, seconds=5.0) == replace(example, editing=None)
