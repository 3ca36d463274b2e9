"""``audio-omni audioedit paraphrase``, from the command line to a file that a person reviews."""

import json

import gemini_service as stand_in
import pytest
from audio_omni.core.cli.main import main

WORDS = ["How about {a} as well?", "Delete {a} here."]


@pytest.fixture
def service(monkeypatch):
    pytest.importorskip("google.genai", reason="needs google-genai")
    monkeypatch.setenv("GEMINI_API_KEY", "a-key")
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    with stand_in.serving() as running:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", running.url)
        running.will(stand_in.said({"wordings": WORDS}))
        yield running


@pytest.fixture
def cli(service, tmp_path, capfd):
    """A function that asks for one wording; returns status, stdout, stderr."""

    def run(*arguments):
        flags = ["--task", "add", "-o", str(tmp_path / "more.yaml"), "--n", "1"]
        with pytest.raises(SystemExit) as ended:
            main(["audioedit", "paraphrase", *flags, *arguments])
        said = capfd.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


def test_wordings_go_to_a_file_and_what_was_refused_is_told(cli, service, tmp_path):
    status, out, err = cli("--set", "options.model=gemini-x")
    assert status == 0
    assert "1 of 1 wordings of add" in out
    assert "of 2 that came, these were refused: other_task 1" in out
    assert "At most 3 requests" in err
    assert "How about {a} as well?" in (tmp_path / "more.yaml").read_text()
    assert "gemini-x" in service.requests[0]["path"]
    assert (tmp_path / "answers" / "usage.jsonl").is_file()


def test_what_it_costs_is_told_without_asking(cli, service, tmp_path):
    status, out, _ = cli("--dry-run", "--json")
    assert status == 0
    most = json.loads(out)["most"]
    assert most["calls"] == 3
    assert most["tokens"] > 3 * 4096
    assert not service.requests
    assert not (tmp_path / "more.yaml").exists()


def test_json(cli):
    told = json.loads(cli("--json")[1])
    assert told["wordings"] == WORDS[:1]
    assert (told["task"], told["answered"]) == ("add", 2)
    assert told["rejected"] == {"other_task": 1}


def test_a_spent_budget_ends_with_3(cli):
    status, _, err = cli("--budget-tokens", "10")
    assert status == 3
    assert "budget_tokens = 10" in err


def test_money_needs_prices(cli):
    status, _, err = cli("--budget-usd", "1")
    assert status != 0
    assert "usd_per_million_input" in err


def test_another_kind_of_provider_is_refused(cli):
    status, _, err = cli("--provider", "gemini_labeler")
    assert status == 1
    assert "expected a paraphraser" in err
