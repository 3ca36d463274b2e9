"""``release verify`` on all goldens of the release: each number is read, and each one counts."""

import hashlib
import json
import shutil

import pytest
import torch
from audio_omni.core.cli.main import main
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.plugins.release import assets
from audio_omni.plugins.release.goldens import comparison, running
from audio_omni.plugins.release.goldens.files import Golden
from audio_omni.plugins.release.goldens.kinds import KINDS
from audio_omni.plugins.release.verify import verify
from safetensors.torch import load_file, save_file

SMALL = ("dit_tiny", "mel_tiny", "omni_tiny", "sync_tiny", "transcript_tiny", "vae_tiny")


@pytest.fixture(scope="module")
def folder(shared_dir):
    folder = shared_dir / "goldens"
    if not (folder / "README.md").is_file():
        pytest.skip("needs the goldens in the shared folder")
    return folder


@pytest.fixture(scope="module")
def seen(folder):
    """The report of all files, and every comparison: (golden, key, result, tolerance, how)."""
    made = []

    class Recorder(comparison.Comparison):
        def near(self, key, got, tolerance=None, **how):
            made.append((self.golden, key, got, tolerance or self.default, how))
            super().near(key, got, tolerance, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "Comparison", Recorder)
        report = verify(folder, build_plugin_manager(entry_points=False))
    return report, made


def test_everything_agrees(seen):
    report, _ = seen
    assert [problem for file in report.files for problem in file.problems] == []
    assert report.passed
    assert [entry.name for entry in report.skipped] == ["metrics"]


def test_every_kind_is_run(seen):
    report, _ = seen
    assert {file.kind for file in report.files} == set(KINDS)


def test_every_output_of_every_file_is_compared(seen, folder):
    _, made = seen
    compared = {(golden.name, key) for golden, key, *_ in made}
    stored = {
        (path.stem, key)
        for path in folder.glob("*.safetensors")
        if path.stem != "metrics"
        for key in load_file(path)
        if key.startswith("out/")
    }
    assert stored - compared == set()
    assert len(stored) > 200


def test_every_output_makes_its_file_fail_when_it_is_another(seen):
    _, made = seen
    unnoticed = []
    for golden, key, got, tolerance, how in made:
        changed = Golden(
            golden.name, golden.folder, golden.settings, {key: perturbed(golden.tensor(key))}
        )
        replay = comparison.Comparison(changed, tolerance)
        replay.near(key, got, **how)
        if not replay.problems:
            unnoticed.append((golden.name, key))
    assert unnoticed == []


def perturbed(tensor):
    """Return a tensor that differs by 1 % of its range, or in the last bit, everywhere."""
    if tensor.dtype == torch.bool:
        return ~tensor
    if tensor.dtype == torch.int16:
        return torch.where(tensor > 0, tensor - 100, tensor + 100)
    if not tensor.is_floating_point():
        return tensor + 1
    return tensor + 0.01 * tensor.abs().max().clamp_min(1e-3)


@pytest.mark.parametrize("name", SMALL)
def test_one_number_of_a_file_decides_the_exit_status(folder, tmp_path, capsys, name):
    """The last output, in its last place, by a hundredth of its range."""
    for path in folder.glob(f"{name}.*"):
        shutil.copyfile(path, tmp_path / path.name)
    tensors = load_file(tmp_path / f"{name}.safetensors")
    key = sorted(k for k, v in tensors.items() if k.startswith("out/") and v.is_floating_point())[
        -1
    ]
    changed = tensors[key].clone().view(-1)
    changed[-1] += 0.01 * changed.abs().max()
    tensors[key] = changed.view(tensors[key].shape)
    save_file(tensors, tmp_path / f"{name}.safetensors")
    with pytest.raises(SystemExit) as stopped:
        main(["release", "verify", str(tmp_path), "--json"])
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert stopped.value.code == 1
    assert [problem.split(":")[0] for problem in file["problems"]] == [key]


FIELDS = {name: "{desc}" for name in ("EDITING_ADD", "EDITING_REMOVE", "EDITING_EXTRACT")}
FIELDS["EDITING_STYLE"] = "{source}{target}"


def test_conversations_are_as_long_as_the_releases(folder, tmp_path, monkeypatch):
    """Made-up sentences of the right lengths give conversations of the right lengths."""
    settings = json.loads((folder / "prompts_sha256.json").read_text())
    lines = []
    for name, facts in settings["constants"].items():
        fields = FIELDS.get(name, "")
        lines.append(f"{name} = {fields + 'x' * (facts['characters'] - len(fields))!r}")
    for facts in [*settings["constants"].values(), *settings["prompts"]]:
        del facts["sha256"]
    (tmp_path / "prompts.py").write_text("\n".join(lines))
    (tmp_path / "vocab.txt").write_bytes(b" \r\n")
    goldens = tmp_path / "goldens"
    goldens.mkdir()
    (goldens / "lengths.json").write_text(json.dumps(settings))
    monkeypatch.setattr(assets, "VOCABULARY_SHA256", hashlib.sha256(b" \r\n").hexdigest())
    (file,) = verify(goldens, build_plugin_manager(entry_points=False), tmp_path).files
    assert file.problems == ()
    assert file.cases == sum(len(settings[k]) for k in ("constants", "prompts", "tts_join"))


@pytest.mark.parametrize("change", ["tts_join", "tokens"])
def test_files_without_tensors_can_fail(folder, tmp_path, change):
    name = {"tts_join": "prompts_sha256", "tokens": "transcript_tokens_release"}[change]
    settings = json.loads((folder / f"{name}.json").read_text())
    if change == "tts_join":
        settings["tts_join"][0]["result"] += "."
    else:
        settings["items"][0]["tokens"][0] = "?"
    (tmp_path / f"{name}.json").write_text(json.dumps(settings))
    assert not verify(tmp_path, build_plugin_manager(entry_points=False)).passed
