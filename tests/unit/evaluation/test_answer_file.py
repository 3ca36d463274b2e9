"""Answers of any system, measured against a benchmark's questions."""

import json

import pytest
from audio_omni.core.cli.main import main

CHOICES = ["a dog", "a cat"]


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data" / "quiz"
    folder.mkdir(parents=True)
    asked = {"question": "What barks?", "choices": CHOICES, "answer": "a dog"}
    rows = [{"id": f"q{i}", **asked, "task": "sound" if i else "speech"} for i in range(3)]
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder.parent


def evaluate(capsys, data, answers, *more):
    arguments = ("evaluate", "--benchmark", "quiz", "--data", data, "-o", data / "out")
    plugin = ("--plugin", "band_embedder")
    with pytest.raises(SystemExit) as stopped:
        main([str(part) for part in (*plugin, *arguments, "--answers", answers, *more)])
    captured = capsys.readouterr()
    return stopped.value.code, captured.out, " ".join(captured.err.split())


def written(data, records, *, lines=True):
    path = data / "answers.json"
    text = "".join(json.dumps(r) + "\n" for r in records) if lines else json.dumps(records)
    path.write_text(text, encoding="utf-8")
    return path


RIGHT = {"q0": "a dog", "q1": "The answer is cat", "q2": None}


@pytest.mark.parametrize("field", ["model_output", "model_prediction", "response"])
@pytest.mark.parametrize("lines", [True, False])
def test_every_question_counts_whatever_the_file_calls_an_answer(data, capsys, field, lines):
    records = [{"id": key, "answer": "a dog", field: said} for key, said in RIGHT.items()]
    status, told, _ = evaluate(capsys, data, written(data, records, lines=lines), "--json")
    assert status == 0
    (found,) = json.loads(told)
    (result,) = found["results"]
    assert (result["value"], result["n"]) == (pytest.approx(1 / 3), 3)
    assert result["details"]["unread"] == pytest.approx(1 / 3)
    assert result["details"]["groups"]["task"]["speech"]["value"] == 1
    assert len(found["details"]["model"]["sha256"]) == 64
    assert (data / "out" / "quiz" / "results.md").read_text().startswith("# quiz")


@pytest.mark.parametrize(
    ("records", "said"),
    [
        (
            [{"id": k, "model_output": "x", "choices": ["a dog", "a cow"]} for k in RIGHT],
            "3 questions of the answer file have other choices than the benchmark, first 'q0'",
        ),
        (
            [{"id": k, "response": "x", "choice_a": "a dog", "choice_b": "rain"} for k in RIGHT],
            "got ['a dog', 'rain'], expected ['a dog', 'a cat']",
        ),
        ([{"id": "q0", "response": "A"}], "2 questions of the answer file are missing, first 'q1'"),
        ([{"id": "q9", "response": "A"}], "are not in the benchmark, first 'q9'"),
        ([{"id": "q0", "response": "A"}] * 2, "line 2: question 'q0' is answered twice"),
        ([{"response": "A"}], "line 1: no 'id'; expected that of a question"),
        ([{"id": "q0"}], "expected what the model said in one of model_output"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(data, capsys, records, said):
    status, told, message = evaluate(capsys, data, written(data, records))
    assert (status, told) == (1, "")
    assert said in message
    assert not (data / "out").exists()


def test_answers_take_the_place_of_a_model_and_of_no_clip(data, capsys):
    path = written(data, [{"id": "q0", "response": "A"}])
    assert "expected no model and one benchmark" in evaluate(capsys, data, path, "runs/x")[2]
    said = evaluate(capsys, data, path, "--benchmark", "tones")[2]
    assert "2 benchmarks; expected no model and one benchmark" in said
    with pytest.raises(SystemExit):
        main(["evaluate", "--benchmark", "audiocaps", "--answers", str(path)])
    assert "asks for clips" in " ".join(capsys.readouterr().err.split())
