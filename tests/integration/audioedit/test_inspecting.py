"""`inspect` shows a pair's whole history, with pictures and players of all it is made of."""

import json

import pytest
from audio_omni.core.cli.main import main
from audio_omni.plugins.audioedit.looking_up import history
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.report.one_pair import pair_page
from audio_omni.plugins.audioedit.workspace import reopen_workshop
from real_parts.scenes import Scenes, open_catalog
from small_pairs import CATALOG, config


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("made") / "set", config(), CATALOG, limit=4)


@pytest.fixture
def inspect(capfd):
    def call(*arguments):
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["audioedit", "inspect", *map(str, arguments)])
        said = capfd.readouterr()
        return ended.value.code or 0, said.out, said.err

    return call


def test_the_way_of_a_pair_begins_with_its_recordings(made, inspect):
    record = next(r for r in made.records if r.task == "add")
    code, out, err = inspect(made.root, record.id)
    assert code == 0, err[-2000:]
    told = json.loads(out)
    assert told["record"]["id"] == record.id
    stages = [line["stage"] for line in told["history"]]
    used = {i.sha256 for i in record.provenance.ingredients}
    assert stages == ["ingredients"] * len(used) + ["plan_scenes", "render", "verify"]
    assert {line["outcome"] for line in told["history"]} == {"kept"}


def test_a_page_has_pictures_and_players_of_every_track(made, inspect):
    record = next(r for r in made.records if r.task == "remove")
    told = json.loads(inspect(made.root, record.id)[1])
    path = made.root / "reports" / "pairs" / f"{record.id}.html"
    assert told["page"] == str(path)
    page = path.read_text(encoding="utf-8")
    tracks = 3 + len({i.sha256 for i in record.provenance.ingredients})
    assert page.count("<audio ") == page.count("data:image/png") == tracks
    for part in (record.id, "What was taken", "plan_scenes", "verify", record.source_caption):
        assert part in page
    assert str(made.root) not in page


def test_no_page_is_written_where_none_is_wanted_and_an_unknown_id_is_told(made, inspect):
    record = next(r for r in made.records if r.task == "extract")
    told = json.loads(inspect(made.root, record.id, "--no-page")[1])
    assert "page" not in told
    assert not (made.root / "reports" / "pairs" / f"{record.id}.html").exists()
    code, _, err = inspect(made.root, record.id[:-1])
    assert code == 1
    assert "There is no finished pair" in err
    assert record.id in err


def test_a_real_pair_shows_its_stems_and_a_way_from_index_on(tmp_path):
    scenes = Scenes(tmp_path / "scenes").add("clip", fault="noisy")
    real = make(tmp_path / "set", scenes.config(mixture_mode="recomposed"), open_catalog)
    record = next(r for r in real.records if r.task == "add")
    workshop, steps = reopen_workshop(real.root, open_catalog())
    way = history(workshop, steps, record)
    assert [line["stage"] for line in way] == [
        "index", "label", "expand", "separate", "activity", "score", "semantic", "assemble",
    ]  # fmt: skip
    page = pair_page(record, way, workshop.blobs)
    assert page.count("<audio ") == 3 + 2 + 1  # the pair, its stems, the recording
    assert "The sound alone" in page
    workshop.blobs.path(record.provenance.ingredients[0].sha256).unlink()
    assert pair_page(record, way, workshop.blobs).count("<audio ") == 5
