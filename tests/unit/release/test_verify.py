"""The command ``release verify`` on golden files that are made on the spot."""

import json

import pytest
import torch
from audio_omni.core.cli.main import main
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.plugins.release.verify import verify
from safetensors.torch import load_file, save_file

PREFIX = "conditioner.conditioners.sync_feature."
SETTINGS = {"kind": "sync", "seq": 7, "input_dim": 6, "output_dim": 5, "output_len": 3}


@pytest.fixture(scope="module")
def catalog():
    return build_plugin_manager(entry_points=False)


@pytest.fixture(scope="module")
def golden(catalog):
    """Settings and tensors of the kind ``sync``, as our own module computes them."""
    spec = catalog.conditioners.get("synchformer")
    config = spec.config(input_width=6, input_tokens=7, tokens=3)
    torch.manual_seed(0)
    conditioner = catalog.conditioners.load("synchformer")(config, 5)
    sync = torch.randn(2, 7, 6)
    sync[1] = 0
    condition = conditioner([sync[0], None])
    weights = {f"w/{PREFIX}{k}": v for k, v in conditioner.state_dict().items()}
    outputs = {"out/batch/embed": condition.tokens, "out/batch/mask": condition.mask.float()}
    tensors = weights | {"in/common/sync": sync} | outputs
    return {k: v.detach().contiguous() for k, v in tensors.items()}


@pytest.fixture
def folder(tmp_path, golden):
    """A folder with one golden file, named unlike its kind."""
    save_file(golden, tmp_path / "some_name.safetensors")
    (tmp_path / "some_name.json").write_text(json.dumps(SETTINGS))
    return tmp_path


def change(folder, **tensors):
    """Replace tensors of the golden file by key (with ``.`` for ``/``); `None` removes one."""
    path = folder / "some_name.safetensors"
    found = load_file(path) | {key.replace("__", "/"): value for key, value in tensors.items()}
    save_file({k: v for k, v in found.items() if v is not None}, path)


def only(report):
    (file,) = report.files
    return file


def test_our_own_numbers_agree(folder, catalog):
    report = verify(folder, catalog)
    file = only(report)
    assert report.passed
    assert (file.name, file.kind, file.cases) == ("some_name", "sync", 1)
    assert file.error <= 1e-6
    assert file.problems == ()
    assert report.skipped == ()


def test_progress_is_told_before_every_file(folder, catalog):
    (folder / "zebra.json").write_text('{"kind": "unheard_of"}')
    told = []
    verify(folder, catalog, on_file=lambda *event: told.append(event))
    assert told == [(1, 2, "some_name"), (2, 2, "zebra")]


@pytest.mark.parametrize("name", ["embed", "mask"])
def test_a_changed_output_fails(folder, catalog, golden, name):
    changed = golden[f"out/batch/{name}"].clone()
    changed.view(-1)[-1] += 1e-3
    change(folder, **{f"out__batch__{name}": changed})
    file = only(verify(folder, catalog))
    assert not file.passed
    assert file.problems[0].startswith(f"out/batch/{name}: error")


def test_an_output_that_is_not_finite_fails(folder, catalog, golden):
    change(folder, out__batch__embed=golden["out/batch/embed"] * torch.nan)
    assert not verify(folder, catalog).passed


@pytest.mark.parametrize(
    ("tensors", "problem"),
    [
        ({"out__batch__strange": torch.ones(2)}, "nothing was compared with out/batch/strange"),
        ({"out__other__embed": torch.ones(2)}, "nothing was compared with out/other/embed"),
        ({"out__batch__embed": None, "out__batch__mask": None}, "case 'batch' has no outputs"),
        ({"out__batch__embed": torch.ones(2, 3, 4)}, "got shape (2, 3, 5), expected (2, 3, 4)"),
        ({"in__common__sync": None}, "has no 'in/common/sync'"),
        ({f"w__{PREFIX}proj.bias": None}, "missing: proj.bias"),
        ({f"w__{PREFIX}extra": torch.ones(2)}, "unexpected: extra"),
        ({f"w__{PREFIX}proj.bias": torch.ones(4)}, "proj.bias is (4,) instead of (5,)"),
        ({"in__common__sync": torch.ones(2)}, "got features ()"),
    ],
)
def test_what_is_wrong_with_tensors_is_told(folder, catalog, tensors, problem):
    change(folder, **tensors)
    file = only(verify(folder, catalog))
    assert not file.passed
    assert problem in file.problems[0]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("some_name.json", b"{", "some_name.json is damaged"),
        ("some_name.json", b"[]", "some_name.json holds a list"),
        ("some_name.json", b'{"kind": "sync"}', "some_name.json has no 'output_dim'"),
        ("some_name.json", b"\xff", "some_name.json is damaged"),
        ("some_name.safetensors", b"no tensors", "some_name.safetensors is damaged"),
        ("some_name.safetensors", None, "some_name.safetensors is missing"),
        ("some_name.json", None, "some_name.json is missing"),
    ],
)
def test_a_damaged_file_fails_and_the_others_go_on(folder, catalog, golden, name, content, problem):
    save_file(golden, folder / "whole.safetensors")
    (folder / "whole.json").write_text(json.dumps(SETTINGS))
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    report = verify(folder, catalog)
    results = {file.name: file for file in report.files}
    assert results["whole"].passed
    assert not results["some_name"].passed
    assert problem in results["some_name"].problems[0]
    assert not report.passed


def test_a_check_that_breaks_is_that_files_problem(folder, catalog):
    (folder / "some_name.json").write_text(json.dumps(SETTINGS | {"output_dim": "five"}))
    file = only(verify(folder, catalog))
    assert "the check stopped (TypeError" in file.problems[0]


@pytest.mark.parametrize(
    ("name", "settings", "reason"),
    [
        ("x", {"kind": "unheard_of"}, "unknown kind 'unheard_of'"),
        ("x", {"kind": 3}, "its JSON names no kind"),
        ("x", {}, "its JSON names no kind"),
        ("metrics_x", {"cases": []}, "belongs to the metrics"),
    ],
)
def test_what_is_no_golden_is_skipped_with_a_reason(folder, catalog, name, settings, reason):
    (folder / f"{name}.json").write_text(json.dumps(settings))
    report = verify(folder, catalog)
    assert report.passed
    assert [(entry.name, entry.reason) for entry in report.skipped] == [(name, reason)]


def test_a_file_is_run_whatever_its_name(folder, catalog):
    for suffix in (".json", ".safetensors"):
        (folder / f"some_name{suffix}").rename(folder / f"metrics_not{suffix}")
    assert only(verify(folder, catalog)).kind == "sync"


def test_threads_are_as_before(folder, catalog):
    before = torch.get_num_threads()
    verify(folder, catalog)
    assert torch.get_num_threads() == before


@pytest.fixture
def command(capsys):
    """Run the command line; return exit status, stdout, stderr."""

    def _command(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main(["release", "verify", *map(str, arguments)])
        return stopped.value.code or 0, *capsys.readouterr()

    return _command


def test_agreement_is_exit_status_0(folder, command):
    status, out, _ = command(folder)
    assert status == 0
    assert out.splitlines()[0].split("  ")[0] == "file"
    assert "pass" in out
    assert "all agree" in out


def test_a_miss_is_exit_status_1_and_is_named(folder, command, golden):
    change(folder, out__batch__embed=golden["out/batch/embed"] + 0.1)
    (folder / "x.json").write_text('{"kind": "unheard_of"}')
    status, out, _ = command(folder)
    assert status == 1
    assert "FAIL" in out
    assert "some_name: out/batch/embed: error" in out
    assert "x: skipped: unknown kind 'unheard_of'" in out


def test_nothing_run_is_exit_status_1(tmp_path, command):
    (tmp_path / "x.json").write_text('{"kind": "unheard_of"}')
    status, out, _ = command(tmp_path)
    assert status == 1
    assert "nothing was run" in out


def test_json_holds_the_report(folder, command, golden):
    change(folder, out__batch__embed=golden["out/batch/embed"] * torch.nan)
    status, out, _ = command(folder, "--json")
    report = json.loads(out)
    assert status == 1
    assert report["passed"] is False
    assert report["files"][0]["error"] == "inf"
    assert set(report["files"][0]) == {
        "name",
        "kind",
        "cases",
        "error",
        "tolerance",
        "passed",
        "seconds",
        "problems",
        "omitted",
    }


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_a_folder_without_goldens_is_an_error(tmp_path, command, name):
    status, _, err = command(tmp_path / name)
    assert status == 1
    assert "golden files" in err


def test_assets_that_are_missing_are_an_error(folder, command, tmp_path):
    status, _, err = command(folder, "--assets", tmp_path / "nowhere")
    assert status == 1
    assert "assets folder" in err
