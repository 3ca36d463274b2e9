"""What a clumsy user meets: through the real command line, one clear line, and nothing is lost.

Every case runs in this process with a model of one training step. Exit status 2 is wrong usage,
1 anything else that the user can mend.
"""

import json
import re
import resource
import shutil
import struct

import numpy as np
import pytest
import soundfile
import torch
import yaml
from audio_omni import AudioOmni
from audio_omni.core.cli.main import main
from audio_omni.core.errors import AudioOmniError, CheckpointError, MediaError, RequestError
from audio_omni.core.media.waveform import Waveform

RATE = 16000
QUIET = ("tracking.observers=[jsonl]", "evaluation.every=null")
BOX = re.compile(r"[─│╭╮╰╯\s]+")


def noise(samples=RATE, channels=1):
    return 0.1 * np.random.default_rng(0).standard_normal((samples, channels))


def ten_hours(path):
    """A header of ten hours over a file with a hole: nothing of it is on the disk."""
    data = 10 * 3600 * 8000
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + data, b"WAVE", b"fmt ", 16, 1, 1, 8000,
                       8000, 1, 8, b"data", data)  # fmt: skip
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + data)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A folder with clips of every kind, and ``run``, a model of one step."""
    folder = tmp_path_factory.mktemp("clumsy")
    soundfile.write(folder / "ok.wav", noise(), RATE)
    soundfile.write(folder / "five_seconds.wav", noise(5 * RATE), RATE)
    soundfile.write(folder / "no_samples.wav", noise()[:0], RATE)
    soundfile.write(folder / "silent.wav", 0 * noise(), RATE)
    soundfile.write(folder / "blink.wav", noise(100), RATE)
    spoilt = noise()
    spoilt[777] = np.nan
    soundfile.write(folder / "nan.wav", spoilt, RATE, subtype="FLOAT")
    (folder / "text.wav").write_text("this is no audio\n")
    (folder / "empty.wav").touch()
    (folder / "folder.wav").mkdir()
    (folder / "exists.flac").write_bytes(b"what was here before")
    ten_hours(folder / "ten_hours.wav")
    for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"):
        soundfile.write(folder / f"{subtype}.wav", noise(), RATE, subtype=subtype)
    for channels in range(1, 9):
        soundfile.write(folder / f"channels_{channels}.wav", noise(RATE, channels), RATE)
    for rate in (8000, 11025, 22050, 44100, 48000, 96000, 192000):
        soundfile.write(folder / f"rate_{rate}.wav", noise(rate), rate)
    with pytest.raises(SystemExit) as stopped:
        main(train_arguments(folder / "run"))
    assert stopped.value.code == 0
    return folder


@pytest.fixture
def cli(workspace, monkeypatch, capsys):
    """Run a command in the workspace; return (exit status, stdout, stderr without frames)."""
    monkeypatch.chdir(workspace)
    monkeypatch.delenv("AUDIO_OMNI_PLUGINS", raising=False)

    def _cli(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return stopped.value.code, captured.out, BOX.sub(" ", captured.err)

    return _cli


def train_arguments(run, *overrides, recipe="micro"):
    settings = ("train.steps=1", *QUIET, *overrides)
    return ["train", recipe, "-o", str(run), *(a for s in settings for a in ("--set", s))]


def run_arguments(task, *more, model="run", output="out.flac"):
    return ["run", task, "--model", model, "-o", output, "--steps", "1", "--overwrite", *more]


def test_no_task_lists_the_tasks(cli):
    status, out, _ = cli("run")
    assert status == 2
    assert "text_to_audio" in out
    assert "audio-omni run TASK --help" in out


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("text_to_audo",), 2, "Unknown task 'text_to_audo'. Did you mean 'text_to_audio'"),
        (("t2a",), 2, "Did you mean 'T2A'"),
        (("juggle",), 2, "Unknown task 'juggle'. Known: text_to_audio"),
        (("T2A",), 2, "Missing option '--prompt'"),
        (("T2A", "--prompt", "x", "--source-audio", "ok.wav"), 2, "No such option"),
        (("add", "--source-audio", "ok.wav"), 2, "Missing option '--description'"),
        (("T2A", "--prompt", "x", "--seed", "1.5"), 2, "valid integer"),
        (("T2A", "--prompt", "x", "--seed", "-1"), 1, "Got the seed -1; expected a whole number"),
        (("T2A", "--prompt", "x", "--seed", str(2**64)), 1, f"Got the seed {2**64}"),
        (("T2A", "--prompt", "x", "--seconds", "-1"), 1, "greater than 0 (got -1.0)"),
        (("T2A", "--prompt", "x", "--seconds", "inf"), 1, "finite number (got inf)"),
        (("T2A", "--prompt", "x", "--seconds", "9"), 1, "at most 3 s. Ask for fewer seconds"),
        (("T2A", "--prompt", "x", "--steps", "0"), 1, "'steps': Input should be greater than 0"),
        (("T2A", "--prompt", "x", "--guidance-scale", "-1"), 1, "'guidance_scale'"),
        (("T2A", "--prompt", "x", "--guidance-scale", "1e30"), 1, "Use a smaller guidance scale"),
        (("T2A", "--prompt", "x", "--solver", "eule"), 1, "Did you mean 'euler'"),
        (("T2A", "--prompt", "x", "--device", "tpu"), 1, "Unknown device 'tpu'; expected auto"),
        (("T2A", "--prompt", "x", "--device", "meta"), 1, "cannot be used here"),
        (("T2A", "--prompt", " "), 1, "'prompt': is empty; expected words"),
        (("T2A", "--prompt", "dog " * 10_000), 1, "expected at most max_tokens = 2048"),
        (("T2A", "--prompt", "f\udcfcr"), 1, "is not text in UTF-8 (character 1)"),
        (("T2A", "--prompt", "<|audio_bos|>"), 1, "a control token of the language model"),
        (("T2A", "--prompt", "x", "-o", "a.mp3"), 1, "suffix '.mp3'; expected one of .flac"),
        (("T2A", "--prompt", "x", "-o", "none/a.flac"), 1, "there is no folder 'none'"),
        (("T2A", "--prompt", "x", "-o", "folder.wav"), 1, "it is a folder; expected the name"),
        (("T2A", "--prompt", "x", "--model", "none"), 1, "none does not exist; expected a run"),
        (("T2A", "--prompt", "x", "--model", "folder.wav"), 1, "holds no checkpoint"),
        (("T2A", "--prompt", "x", "--model", "ok.wav"), 1, "is a file; expected a run folder"),
    ],
)
def test_bad_requests(cli, workspace, arguments, status, words):
    before = sorted(path.name for path in workspace.iterdir())
    got, out, err = cli(*run_arguments(arguments[0]), *arguments[1:])
    assert (got, out) == (status, "")
    assert words in err
    assert "Traceback" not in err
    assert sorted(path.name for path in workspace.iterdir()) == before


CONVERT = ("VC", "--source-audio", "ok.wav", "--transcript", "Hi.")
RESAY = ("speech_editing", "--source-audio", "ok.wav", "--transcript", "Hi.", "--start-seconds")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("TTS",), 2, "Missing option '--transcript'"),
        (("TTS", "--transcript", " "), 1, "'transcript': is empty; expected words"),
        (("TTS", "--transcript", "Hi.", "--voice-transcript", "Ho."), 1, "without voice_audio"),
        (CONVERT, 2, "Missing option '--voice-audio'"),
        ((*CONVERT, "--voice-audio", "none.wav"), 1, "none.wav does not exist"),
        ((*CONVERT, "--voice-audio", "five_seconds.wav"), 1, "got 6.000 s of audio"),
        ((*CONVERT, "--voice-audio", "ok.wav", "--long-source", "windows"), 2, "No such option"),
        (RESAY[:-1], 2, "Missing option '--start-seconds'"),
        ((*RESAY, "0.5", "--end-seconds", "1.5"), 1, "to 1.5 s; the source lasts 1.000 s"),
        ((*RESAY, "0.5", "--end-seconds", "0.2"), 1, "expected start_seconds below end_seconds"),
        (
            (*RESAY, "0.1", "--end-seconds", "0.2", "--source-transcript", "hi."),
            1,
            "transcript says what source_transcript says, so there is nothing to edit",
        ),
        (("add", "--description", "rain"), 2, "Missing option '--source-audio'"),
        (("instruction_editing", "--source-audio", "ok.wav"), 2, "Missing option '--instruction'"),
        (
            ("instruction_editing", "--source-audio", "ok.wav", "--instruction", " "),
            1,
            "'instruction': is empty; expected words",
        ),
        (("in_context_generation", "--instruction", "x"), 2, "Missing option '--reference-audio'"),
        (("V2A", "--prompt", "x"), 2, "Missing option '--video'"),
        (("V2A", "--video", "ok.wav"), 1, "ok.wav holds sound only; expected a file with a video"),
    ],
)
def test_the_wrong_mix_of_inputs(cli, arguments, status, words):
    got, out, err = cli(*run_arguments(arguments[0]), *arguments[1:])
    assert (got, out) == (status, "")
    assert words in err
    assert "Traceback" not in err


def test_a_question_with_one_answer_to_choose_from(cli):
    flags = ("--question", "What?", "--choices", "a dog")
    status, out, err = cli("run", "understanding", "--model", "run", *flags)
    assert (status, out) == (1, "")
    assert "'choices': List should have at least 2 items" in err


def test_an_output_is_never_replaced_unasked(cli, workspace):
    arguments = [a for a in run_arguments("T2A", output="exists.flac") if a != "--overwrite"]
    status, _, err = cli(*arguments, "--prompt", "x")
    assert status == 1
    assert "exists.flac exists; choose another name, or add --overwrite" in err
    assert (workspace / "exists.flac").read_bytes() == b"what was here before"


@pytest.mark.parametrize(
    ("clip", "words"),
    [
        ("none.wav", "none.wav does not exist; expected an audio file"),
        ("folder.wav", "folder.wav is a folder; expected an audio file"),
        ("text.wav", "text.wav is not audio that can be read"),
        ("empty.wav", "empty.wav is empty (0 bytes)"),
        ("no_samples.wav", "no_samples.wav has 0 samples"),
        ("nan.wav", "a sample that is not finite (NaN or infinite), first at index 777"),
        ("ten_hours.wav", "ten_hours.wav lasts 36000.0 s; at most 3600 s are read"),
        ("five_seconds.wav", "got 5.000 s of audio; this model makes at most 3 s"),
        ("blink.wav", "Got 100 samples; a mel spectrogram with an FFT of 1024 needs more"),
        ("a" * 5000, "cannot be opened: File name too long"),
    ],
)
def test_bad_clips(cli, workspace, clip, words):
    arguments = run_arguments("remove", "--source-audio", clip, "--description", "a dog")
    status, out, err = cli(*arguments, "-o", "edited.flac")
    assert (status, out) == (1, "")
    assert words in err
    assert not (workspace / "edited.flac").exists()


@pytest.mark.parametrize(
    ("clip", "note"),
    [
        *((f"{subtype}.wav", None) for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32")),
        ("FLOAT.wav", None),
        ("DOUBLE.wav", None),
        ("silent.wav", None),
        ("channels_1.wav", None),
        *((f"channels_{n}.wav", f"mixed {n} → 1 channel (mean)") for n in range(2, 9)),
        *(
            (f"rate_{rate}.wav", f"resampled {rate} → 16000 Hz")
            for rate in (8000, 11025, 22050, 44100, 48000, 96000, 192000)
        ),
    ],
)
def test_every_usual_clip_is_edited_and_conversions_are_told(cli, workspace, clip, note):
    arguments = run_arguments("remove", "--source-audio", clip, "--description", "a dog")
    status, out, err = cli(*arguments, "-o", "usual.flac", "--json")
    assert status == 0, err
    samples, rate = soundfile.read(workspace / "usual.flac")
    assert (samples.shape, rate) == ((RATE,), RATE)
    assert np.isfinite(samples).all()
    told = json.loads(out)["provenance"]["conversions"]
    assert told == ([] if note is None else [f"source: {note}"])


@pytest.mark.parametrize("prompt", ["🐶🔥 und Regen", "狗在叫，下雨", "x\x00y"])
def test_any_text_is_a_prompt(cli, prompt):
    status, _, err = cli(*run_arguments("T2A", "--prompt", prompt))
    assert status == 0, err


@pytest.mark.parametrize(
    ("recipe", "overrides", "words"),
    [
        ("micr", (), "Unknown recipe 'micr'"),
        ("none.yaml", (), "none.yaml is not a file; expected a YAML file"),
        ("folder.wav", (), "Unknown recipe 'folder.wav': no such file"),
        ("ok.wav", (), "is not valid YAML in UTF-8"),
        ("micro", ("train.stpes=1",), "unknown field 'train.stpes'. Did you mean 'steps'"),
        ("micro", ("train.steps=[1",), "the value is not valid YAML"),
        ("micro", ("train.steps",), "is not key=value"),
        ("micro", ("..=1",), "is not key=value"),
        ("micro", ("train.learning_rate=.inf",), "finite number (got inf)"),
        ("micro", (f"seed={10**30}",), "'seed': Input should be less than 4294967296"),
        ("micro", ("mixture.sources.0.task=text_to_audo",), "Did you mean 'text_to_audio'"),
        ("micro", ("mixture.sources.0.uri=soundworl:sounds",), "Did you mean 'soundworld'"),
        ("micro", ("mixture.sources.0.uri=manifest:${NOT_SET_1}/x",), "NOT_SET_1 is not set"),
        ("micro", ("mixture.sources.0.options.foo=1",), "unknown field 'foo'. Known fields:"),
        ("micro", ("sampling.solver=eule",), "Unknown solver 'eule'. Did you mean 'euler'"),
        ("micro", ("evaluation.metrics=[lsdd]",), "Unknown metric 'lsdd'. Did you mean 'lsd'"),
        ("micro", ("model.codec.options.hop=100000",), "mel': hop 100000 with fft_size 1024"),
    ],
)
def test_bad_recipes_stop_before_a_folder_is_made(cli, workspace, recipe, overrides, words):
    status, out, err = cli(*train_arguments("never", *overrides, recipe=recipe))
    assert (status, out) == (1, "")
    assert words in err
    assert not list(workspace.glob("never/*"))


@pytest.mark.parametrize(
    ("folder", "more", "words"),
    [
        ("ok.wav", (), "Cannot write into the run folder ok.wav: it is a file"),
        ("ok.wav/run", (), "Not a directory. Expected a folder"),
        ("run", (), "run holds a run already (step-00000001); add --resume"),
        ("never", ("--resume",), "There is nothing to resume: never holds no checkpoint"),
        ("never", ("--device", "tpu"), "Unknown device 'tpu'"),
    ],
)
def test_bad_run_folders(cli, workspace, folder, more, words):
    status, _, err = cli(*train_arguments(folder), *more)
    assert status == 1
    assert words in err
    assert not (workspace / "never").exists()


def test_an_observer_that_nobody_knows_is_told_and_the_run_goes_on(cli, tmp_path, caplog):
    status, _, _ = cli(*train_arguments(tmp_path / "run", "tracking.observers=[jsonll]"))
    assert status == 0
    assert "Nothing records this run as 'jsonll'" in caplog.text
    assert "Did you mean 'jsonl'?" in caplog.text


ROW = {"id": "a", "audio": "ok.wav", "caption": "a dog"}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([{**ROW, "audio": "none.wav"}], "line 1 (id 'a'), field 'audio': "),
        ([{**ROW, "audio": "text.wav"}], "is not audio that can be read"),
        ([{**ROW, "audio": "nan.wav"}], "first at index 777"),
        ([{**ROW, "audio": "ten_hours.wav"}], "lasts 36000.0 s"),
        ([{"id": "a", "audio": "ok.wav"}], "field 'caption' is required"),
        ([{**ROW, "caption": " "}], "'prompt': is empty"),
        ([{**ROW, "caption": "f\udcfcr"}], "is not text in UTF-8"),
        ([{"id": "a", "caption": "a dog"}], "Row 'a' has no target audio; training needs one"),
        ([ROW, ROW], "line 2: id 'a' was used on line 1"),
        ([], "has no row left to train on"),
        (["{oops"], "line 1: not valid JSON"),
        (["[1]"], "line 1: holds list; expected one JSON object"),
        ([b'{"id": "a", "caption": "f\xfcr"}'], "line 1: not UTF-8 (byte 25 of the line)"),
    ],
)
def test_bad_manifests_name_file_and_line(cli, workspace, lines, words):
    plain = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    coded = [line if isinstance(line, bytes) else line.encode() for line in plain]
    (workspace / "rows.jsonl").write_bytes(b"\n".join(coded))
    source = "mixture.sources=[{uri: 'manifest:rows.jsonl', task: text_to_audio}]"
    status, _, err = cli(*train_arguments("manifest_run", source))
    shutil.rmtree(workspace / "manifest_run", ignore_errors=True)
    assert status == 1
    assert words in err


def test_a_row_whose_target_is_its_source_is_named(cli, workspace, tmp_path):
    row = {"id": "a", "audio": "ok.wav", "source_audio": "ok.wav", "description": "a dog"}
    (workspace / "equal.jsonl").write_text(json.dumps(row))
    source = "mixture.sources=[{uri: 'manifest:equal.jsonl', task: remove}]"
    status, _, err = cli(*train_arguments(tmp_path / "run", source))
    assert status == 1
    assert "Row 'a': its target equals its source sample by sample" in err


def spoil_text(name, text):
    return lambda folder: (folder / name).write_text(text)


def truncate(folder):
    path = folder / "dit.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit(folder):
    path = folder / "dit.safetensors"
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))


def pickle_inside(folder):
    torch.save({"weight": torch.zeros(3)}, folder / "dit.safetensors")


def pickle_beside(folder):
    (folder / "dit.safetensors").unlink()
    torch.save({"weight": torch.zeros(3)}, folder / "dit.pt")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (truncate, "dit.safetensors is damaged"),
        (flip_a_bit, "is not the file that was saved: its sha256"),
        (pickle_inside, "is a pickle"),
        (pickle_beside, "is a pickle"),
        (lambda folder: (folder / "ema.safetensors").unlink(), "lacks ema.safetensors"),
        (spoil_text("state.json", "{oops"), "is damaged: state.json"),
        (spoil_text("recipe.yaml", "a: [1"), "is damaged: recipe.yaml"),
        (spoil_text("recipe.yaml", "- 1"), "is damaged: recipe.yaml"),
    ],
)
@pytest.mark.parametrize("verb", ["run", "resume"])
def test_damaged_checkpoints_are_refused(cli, workspace, tmp_path, spoil, words, verb):
    copy = tmp_path / "copy"
    shutil.copytree(workspace / "run", copy)
    spoil(copy / "checkpoints" / "step-00000001")
    if verb == "run":
        arguments = run_arguments("T2A", "--prompt", "x", model=str(copy))
    else:
        arguments = [*train_arguments(copy, "train.steps=2"), "--resume"]
    status, out, err = cli(*arguments)
    assert (status, out) == (1, "")
    assert words in err


def test_a_resume_needs_its_state(cli, workspace, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(workspace / "run", copy)
    path = copy / "checkpoints" / "step-00000001" / "state.json"
    state = json.loads(path.read_text())
    del state["mixture"]
    path.write_text(json.dumps(state))
    status, _, err = cli(*train_arguments(copy, "train.steps=2"), "--resume")
    assert status == 1
    assert "cannot be resumed: state.json lacks 'mixture'" in err


@pytest.fixture
def small_files():
    """Files may not grow beyond a limit: a write fails half-way, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_keeps_the_previous_checkpoint(cli, workspace, tmp_path, small_files):
    copy = tmp_path / "copy"
    shutil.copytree(workspace / "run", copy)
    small_files(500_000)
    status, _, err = cli(*train_arguments(copy, "train.steps=2"), "--resume")
    assert status == 1
    assert "step-00000002 could not be written" in err
    assert "Earlier checkpoints are intact" in err
    assert [path.name for path in (copy / "checkpoints").iterdir()] == ["step-00000001"]
    small_files(resource.RLIM_INFINITY)
    status, _, err = cli(*train_arguments(copy, "train.steps=2"), "--resume")
    assert status == 0, err


def test_a_full_disk_keeps_the_previous_clip(cli, tmp_path, small_files):
    path = tmp_path / "clip.flac"
    assert cli(*run_arguments("T2A", "--prompt", "x", "--seed", "1", output=path))[0] == 0
    before = path.read_bytes()
    small_files(20_000)
    status, out, err = cli(*run_arguments("T2A", "--prompt", "x", "--seed", "2", output=path))
    assert (status, out) == (1, "")
    assert "Cannot write" in err
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


CONDITIONER = """
import torch
from audio_omni import ConditionerSpec, Injection, hookimpl
from audio_omni.core.conditioning import Condition, Conditioner


class Broken(Conditioner):
    def __init__(self, config, width):
        super().__init__(config, width)
        self.token = torch.nn.Parameter(torch.zeros(width))

    def forward(self, features):
        tokens = self.token.expand(len(features), 2, self.width)
        mask = torch.ones(len(features), 2, dtype=torch.bool)
        if "{when}" in ("always", "training" if self.training else "generating"):
            return {result}
        return Condition(tokens, mask)


@hookimpl
def register_conditioners():
    return [ConditionerSpec(name="broken", summary="s", factory="{module}:Broken",
                            reads="prompt", injection=Injection.CONTEXT)]
"""


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """Install a module as the plugin of a distribution, the way pip leaves it on disk."""

    def _distribution(module, code):
        (tmp_path / f"{module}.py").write_text(code)
        info = tmp_path / f"{module}-0.3.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 0.3\n")
        (info / "entry_points.txt").write_text(f"[audio_omni]\n{module} = {module}\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    return _distribution


@pytest.mark.parametrize(
    ("module", "result", "words"),
    [
        ("acme_wide", "Condition(tokens[:, :, :7], mask)", "returned tokens (8, 2, 7); expected"),
        ("acme_mask", "Condition(tokens, mask[:, :1])", "returned a mask (8, 1) of torch.bool"),
        ("acme_plain", "tokens", "returned a Tensor; expected a Condition"),
        ("acme_long", "Condition(tokens.long(), mask)", "tokens of torch.int64; expected floating"),
    ],
)
def test_a_conditioner_that_breaks_its_contract_in_training(
    cli, distribution, tmp_path, module, result, words
):
    distribution(module, CONDITIONER.format(when="training", result=result, module=module))
    use = "model.conditioners.prompt.name=broken"
    status, _, err = cli(*train_arguments(tmp_path / "run", use))
    assert status == 1
    assert f"Conditioner 'prompt' (plugin '{module}' ({module} 0.3))" in err
    assert words in err


def test_a_conditioner_that_breaks_its_contract_in_generation(cli, distribution, tmp_path):
    code = CONDITIONER.format(
        when="generating", result="Condition(tokens[:, :, :7], mask)", module="acme_late"
    )
    distribution("acme_late", code)
    run = tmp_path / "run"
    status, _, err = cli(*train_arguments(run, "model.conditioners.prompt.name=broken"))
    assert status == 0, err
    status, _, err = cli(*run_arguments("T2A", "--prompt", "x", model=str(run)))
    assert status == 1
    assert "Conditioner 'prompt' (plugin 'acme_late' (acme_late 0.3)) returned tokens" in err


@pytest.mark.parametrize(
    ("module", "code", "words"),
    [
        ("acme_absent", "import jiwer_is_absent\n", "No module named 'jiwer_is_absent'"),
        (
            "acme_clash",
            "from audio_omni import SolverSpec, hookimpl\n@hookimpl\ndef register_solvers():\n"
            "    return [SolverSpec(name='euler', summary='s', factory='a:b')]\n",
            "Solver name 'euler' is registered by plugin 'engine'",
        ),
        (
            "acme_typo",
            "from audio_omni import hookimpl\n@hookimpl\ndef register_solver():\n    return []\n",
            "unknown hook 'register_solver'. Did you mean 'register_solvers'",
        ),
    ],
)
def test_a_plugin_that_fails_is_named_and_the_rest_works_on(cli, distribution, module, code, words):
    distribution(module, code)
    status, out, err = cli(*run_arguments("T2A", "--prompt", "x"))
    assert status == 0
    assert out.startswith("out.flac")
    assert f"{module} 0.3" in err
    assert words in err
    status, _, err = cli("run", "text_to_speech")
    assert (status, f"'{module} 0.3' failed to load" in err) == (2, True)


@pytest.fixture(scope="module")
def model(workspace):
    return AudioOmni.from_pretrained(workspace / "run")


def clip(samples, rate=RATE):
    return Waveform(samples, rate)


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        (None, RequestError, "is a NoneType; expected the path"),
        (np.zeros(RATE), RequestError, "is a ndarray; expected the path"),
        (clip(torch.zeros(RATE)), MediaError, r"samples \(16000,\)"),
        (clip(torch.zeros(1, RATE, dtype=torch.int16)), MediaError, "torch.int16; expected"),
        (clip(torch.zeros(1, 0)), MediaError, "has 0 samples"),
        (clip(torch.full((1, RATE), torch.nan)), MediaError, "not finite"),
        (clip(torch.zeros(1, RATE), 0), MediaError, "a sample rate of 0 Hz"),
        (clip(torch.zeros(1, RATE), 15991), MediaError, "Cannot resample 15991"),
    ],
)
def test_bad_waveforms_from_python(model, source, error, words):
    with pytest.raises(error, match=words):
        model.edit("remove", source, description="a dog", steps=1)


def test_a_waveform_of_doubles_is_converted_and_told(model):
    doubles = clip(torch.zeros(1, RATE, dtype=torch.float64))
    result = model.edit("remove", doubles, description="a dog", steps=1)
    assert result.provenance["conversions"] == ["converted torch.float64 → torch.float32"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: m.run("juggle", prompt="x"), "Unknown task 'juggle'"),
        (lambda m: m.run("text_to_audio"), "field 'prompt' is required"),
        (lambda m: m.generate("x", second=1), "unknown field 'second'. Did you mean 'seconds'"),
        (lambda m: m.generate("x", seed=1.5), "Got the seed 1.5"),
        (lambda m: m.generate("x", task="remove"), "field 'source_audio' is required"),
        (lambda m: m.run_batch("T2A", []), "Got 0 items"),
        (lambda m: m.run_batch("T2A", ["x"]), "Got a str for task 'text_to_audio'"),
        (lambda m: m.run_batch("T2A", [{"prompt": "x"}], seeds=[1, 2]), "1 items with 2 seeds"),
    ],
)
def test_bad_calls_from_python(model, call, words):
    with pytest.raises(AudioOmniError, match=words):
        call(model)


def test_a_folder_without_a_model_is_told_from_python(tmp_path):
    with pytest.raises(CheckpointError, match="holds no checkpoint"):
        AudioOmni.from_pretrained(tmp_path)


def test_a_held_out_row_that_is_too_long_is_cut_and_measured(cli, workspace, tmp_path):
    rows = [
        {"id": "a", "audio": "silent.wav", "source_audio": "ok.wav"},
        {"id": "b", "audio": "five_seconds.wav", "source_audio": "five_seconds.wav"},
    ]
    rows = [{**row, "description": "a dog", "span": [[4.0, 4.5]]} for row in rows]
    (workspace / "long.jsonl").write_text("\n".join(map(json.dumps, rows)))
    use = {"uri": "manifest:long.jsonl", "task": "remove"}
    sources = yaml.safe_dump([use], default_flow_style=True).strip()
    overrides = (f"mixture.sources={sources}", f"evaluation.sources={sources}")
    overrides += ("evaluation.every=1", "evaluation.samples_per_task=2", "sampling.steps=1")
    status, _, err = cli(*train_arguments(tmp_path / "run", *overrides))
    assert status == 0, err
    history = (tmp_path / "run" / "history.jsonl").read_text().splitlines()
    (ready,) = [e for e in map(json.loads, history) if e["event"] == "samples_ready"]
    assert ready["metrics"]["remove/lsd"] >= 0
