import json

import pytest
from audio_omni.core.cli import doctor
from audio_omni.core.cli.main import main
from audio_omni.core.diagnosis import Finding

MISSING = Finding("mlflow", "missing", "needed for tracking; install audio-omni[mlflow]")


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ([MISSING], 0),
        ([MISSING, Finding("torch", "missing", "needed for everything", required=True)], 1),
        ([Finding("disk", "broken", "0 GiB free here"), MISSING], 1),
    ],
)
def test_what_is_missing_is_told_as_it_is_typed(monkeypatch, capsys, findings, status):
    monkeypatch.setattr(doctor, "diagnose", lambda: findings)
    with pytest.raises(SystemExit) as end:
        main(["doctor"])
    assert end.value.code == status
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(findings)
    assert any(line.endswith("install audio-omni[mlflow]") for line in map(str.rstrip, lines))


def test_as_json_it_is_a_list(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "diagnose", lambda: [MISSING])
    with pytest.raises(SystemExit) as end:
        main(["doctor", "--json"])
    assert end.value.code == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["subject"], told["state"], told["required"]) == ("mlflow", "missing", False)
