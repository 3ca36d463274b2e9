"""Recipes that do not fit, and folders that a run cannot use."""

import pytest


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
def test_bad_recipes_stop_before_a_folder_is_made(train, workspace, recipe, overrides, words):
    status, out, err = train("never", *overrides, recipe=recipe)
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
def test_bad_run_folders(train, workspace, folder, more, words):
    status, _, err = train(folder, more=more)
    assert status == 1
    assert words in err
    assert not (workspace / "never").exists()


def test_an_observer_that_nobody_knows_is_told_and_the_run_goes_on(train, tmp_path, caplog):
    status, _, _ = train(tmp_path / "run", "tracking.observers=[jsonll]")
    assert status == 0
    assert "Nothing records this run as 'jsonll'" in caplog.text
    assert "Did you mean 'jsonl'?" in caplog.text


def test_a_network_without_weights_stops_a_run_before_its_first_step(
    train, workspace, tmp_path, monkeypatch
):
    monkeypatch.delenv("AUDIO_OMNI_EMBEDDERS", raising=False)
    metrics = "evaluation.metrics=[{name: fad, options: {embedder: {name: vggish}}}]"
    judged = ("evaluation.every=1", "evaluation.samples_per_task=2")
    status, _, err = train(tmp_path / "run", metrics, *judged)
    assert status == 1
    assert "Embedder 'vggish' has no weights" in " ".join(err.split())
    assert not list(tmp_path.glob("run/*"))
