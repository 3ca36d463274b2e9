"""The command: tables, files, pages, tracking, exit status."""

import json
import re

import pytest
from audio_omni.core.cli.main import main

from .conftest import PLUGINS, sound, table, write


@pytest.fixture
def cli(sets, capfd, monkeypatch):
    """A function that runs the command on the two folders; returns status, stdout, stderr."""
    monkeypatch.chdir(sets)

    def run(*arguments, on=("--generated", "gen", "--reference", "ref")):
        plugins = [word for name in PLUGINS for word in ("--plugin", name)]
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*plugins, "score", *on, *arguments])
        said = capfd.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


def test_a_score_fills_a_folder(cli, sets):
    status, out, _ = cli("--metric", "lsd,si_sdr", "--metric", "band_sets", "-o", "out")
    assert status == 0
    assert re.search(r"lsd +\d+\.\d+ +\d+\.\d+ … \d+\.\d+ +4 +log10 +lower", out)
    report = json.loads((sets / "out" / "score.json").read_text())
    assert [result["name"] for result in report["results"]] == ["lsd", "si_sdr", "band_sets"]
    assert "| si_sdr |" in (sets / "out" / "score.md").read_text()
    page = (sets / "out" / "score.html").read_text()
    assert page.count("<audio") == 8  # four clips with their references, each once
    assert page.count('class="chart"') == 4  # two metrics, wide and narrow
    assert "Worst clips" in page
    assert 'src="http' not in page
    assert 'href="#row-1"' in page  # the second metric's clips are above


def test_word_errors_are_printed_with_all_that_is_read_beside_them(cli, sets):
    names = ("clip1", "clip3", "part/clip0", "part/clip2")
    table(sets / "said.jsonl", [{"id": name, "transcript": "a loud voice"} for name in names])
    ears = ("--option", "word_error_rate.embedder.name=loud_or_soft")
    given = ("--captions", "said.jsonl", *ears)
    status, out, _ = cli("--metric", "word_error_rate", *given, "-o", "out")
    assert status == 0
    assert re.search(r"reference_word_error_rate +\d\S* .* 4 ", out)  # the recordings' own, and N
    told = r"word_error_rate: mean \d\S*, median \d\S*, over all words \d\S*, share above half "
    assert len(re.findall(told, out)) == 2
    for page in ("score.md", "score.html"):
        assert len(re.findall(told, (sets / "out" / page).read_text())) == 2


def test_it_says_how_far_it_is_when_it_takes_long(cli, monkeypatch):
    _, _, quick = cli("--metric", "lsd", "--cache", "one")
    assert "clips, " not in quick
    monkeypatch.setattr("audio_omni.evaluation.scoring.progress.QUIET_SECONDS", 0.0)
    _, _, told = cli("--metric", "lsd", "--cache", "two")
    assert re.search(r"100%  looked at 8 of 8 clips, \d+:\d\d left", told)
    assert re.search(r"100%  measured 4 of 4 clips, 0:00 left", told)


def test_json_is_the_report(cli):
    status, out, _ = cli("--metric", "lsd", "--json")
    report = json.loads(out)
    assert (status, report["results"][0]["n"]) == (0, 4)
    assert set(report["clips"]["lsd"]) == {"clip1", "clip3", "part/clip0", "part/clip2"}


def test_the_same_score_goes_on_in_its_folder_and_others_do_not(cli, sets):
    assert cli("--metric", "lsd", "-o", "out")[0] == 0
    assert cli("--metric", "lsd", "-o", "out")[0] == 0
    status, _, err = cli("--metric", "si_sdr", "-o", "out")
    assert status == 1
    assert "out belongs to another score: metrics: ['lsd'] against ['si_sdr']" in err
    status, _, err = cli("--metric", "lsd", "-o", "gen")
    assert (status, "gen holds files, but no score" in err) == (1, True)


def test_a_metric_without_a_value_is_told_of_and_ends_with_status_one(cli, sets):
    for side in ("one_gen", "one_ref"):
        write(sets / side / "only.wav", sound(1))
    on = ("--generated", "one_gen", "--reference", "one_ref")
    status, out, err = cli("--metric", "lsd,band_sets", on=on)
    assert (status, "band_sets has no value. band_sets got one clip" in err) == (1, True)
    assert re.search(r"lsd +\d", out)


def test_two_scores_are_compared(cli, sets):
    cli("--metric", "lsd,band_sets", "-o", "a")
    on = ("--generated", "ref", "--reference", "ref")
    cli("--metric", "lsd,band_sets", "-o", "b", on=on)
    status, out, _ = cli("--compare", "a/score.json", "b", on=())
    assert status == 0
    assert re.search(r"lsd +\S+ +0 +\+\S+ +\+\S+ … \+\S+ +4 +log10 +second", out)
    status, out, _ = cli("--compare", "a", "b", "--json", on=())
    assert [one["metric"] for one in json.loads(out)] == ["lsd", "band_sets"]
    assert cli("--metric", "lsd", "--option", "lsd.floor_dbfs=-80", "-o", "c")[0] == 0
    status, out, err = cli("--compare", "a", "c", on=())
    assert (status, out) == (1, "")
    assert "options.floor_dbfs: -100.0 against -80.0" in err
    status, _, err = cli("--compare", "a", "a", on=())
    assert (status, "--compare got a twice" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "on", "said"),
    [
        (("--metric", "lsd"), (), "Name the clips to measure"),
        (("--metric", "lsd", "--track"), ("--generated", "gen"), "--track needs a folder"),
    ],
)
def test_wrong_usage_is_status_two(cli, arguments, on, said):
    status, _, err = cli(*arguments, on=on)
    assert status == 2
    assert said in re.sub(r"[│\s]+", " ", err)


def test_an_option_of_a_network(cli):
    arguments = ("--option", "band_distance.embedder.options.bands=8", "--json")
    status, out, err = cli("--metric", "band_distance", *arguments)
    assert status == 0, err
    (result,) = json.loads(out)["results"]
    assert result["fingerprint"]["embedder"]["options"] == {"bands": 8}


def test_observers_are_told_if_asked_for(cli, sets, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert cli("--metric", "lsd", "-o", "out")[0] == 0
    assert not (sets / "out" / "mlflow.db").exists()
    assert cli("--metric", "lsd", "-o", "out", "--track")[0] == 0
    client = mlflow.MlflowClient(f"sqlite:///{sets / 'out' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("audio-omni scores")
    (run,) = client.search_runs([experiment.experiment_id])
    assert {"eval/lsd", "eval/lsd/low", "eval/lsd/high"} == set(run.data.metrics)
    files = {item.path for item in client.list_artifacts(run.info.run_id)}
    assert files == {"evaluation.json", "score.html", "score.json", "score.md"}
    assert json.loads((sets / "out" / "history.jsonl").read_text())["name"] == "score"
