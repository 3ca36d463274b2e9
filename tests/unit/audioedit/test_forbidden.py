"""What is never trained on comes from the lists as they are published (section 5.2)."""

import json

import pytest
from audio_omni.core.cli.main import main
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.splits.blocklist import read_blocklist
from audio_omni.plugins.audioedit.splits.forbidden import KINDS, read_list, write_blocklist
from audio_omni.plugins.audioedit.workspace import read_config
from small_pairs import CATALOG, config

LISTS = {
    "vggsound": (
        '---g-f_I2yQ,1,people marching,test\n--0PQM4-hqg,30,"waterfall burbling, loud",train\n'
        '-0jeONf82dE,22,"horse, neighing",test\n',
        {"yt:---g-f_I2yQ": "VGGSound, test split", "yt:-0jeONf82dE": "VGGSound, test split"},
    ),
    "audiocaps": (
        "audiocap_id,youtube_id,start_time,caption\n103549,7fmOlUlwoNg,20,A \u00e9 b\n"
        '103541,6BJ455B1aAs,0,"A rocket, then"\n',
        {"yt:7fmOlUlwoNg": "audiocaps", "yt:6BJ455B1aAs": "audiocaps"},
    ),
    "audioset": (
        "# Segments csv created Sun Mar  5 10:54:25 2017\n# YTID, start_seconds, end_seconds, "
        'positive_labels\n--4gqARaEJE, 0.000, 10.000, "/m/068hy,/m/07q6cd_"\n',
        {"yt:--4gqARaEJE": "AudioSet, evaluation set"},
    ),
    "musiccaps": (
        "ytid,start_s,end_s,audioset_positive_labels,aspect_list,caption\n"
        "-0Gj8-vB1q4,30,40,\"/m/0140xf,/m/02cjck\",\"['low']\",\"slow, sad\"\n",
        {"yt:-0Gj8-vB1q4": "MusicCaps"},
    ),
    "youtube": ("abcdefghijk\n\nlmnopqrstuv\n",
                {"yt:abcdefghijk": "youtube", "yt:lmnopqrstuv": "youtube"}),
    "groups": ("spk:seedtts:12\n", {"spk:seedtts:12": "groups"}),
}  # fmt: skip


@pytest.fixture
def lists(tmp_path):
    for kind, (text, _) in LISTS.items():
        (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_every_kind_of_list_is_tested():
    assert set(LISTS) == set(KINDS)


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_blocks_what_it_names(lists, kind):
    assert read_list(kind, lists / f"{kind}.csv") == LISTS[kind][1]


def test_a_blocklist_joins_lists_and_the_first_reason_stays(lists):
    more = lists / "again.csv"
    more.write_text("audiocap_id,youtube_id,start_time\n1,---g-f_I2yQ,0\n2,new,0\n")
    counts = write_blocklist(
        [("vggsound", lists / "vggsound.csv"), ("audiocaps", more)], lists / "out" / "blocked.jsonl"
    )
    assert counts == {"vggsound vggsound.csv": 2, "audiocaps again.csv": 1}
    found = read_blocklist(lists / "out" / "blocked.jsonl")
    assert found["yt:---g-f_I2yQ"] == "VGGSound, test split"
    assert found["yt:new"] == "again"
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("vggsound", "a,1,dog\n", r"line 1: 3 columns; expected 4 or more"),
        ("vggsound", "a,1,dog,train\n", "blocks nothing; expected vggsound.csv"),
        ("audiocaps", "youtube_id\n", "line 1: 1 columns"),
        ("vgsound", "a\n", "no kind of list 'vgsound'. Did you mean 'vggsound'"),
        ("musiccaps", None, "cannot be read"),
    ],
)
def test_what_is_no_such_list_is_told(tmp_path, kind, text, said):
    path = tmp_path / "list.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(DataError, match=said):
        read_list(kind, path)


def test_the_command_writes_it(lists, capsys):
    named = [f"--list=audiocaps={lists / 'audiocaps.csv'}", f"--list=groups={lists / 'groups.csv'}"]
    with pytest.raises(SystemExit) as end:
        main(["audioedit", "blocklist", *named, "-o", str(lists / "blocked.jsonl"), "--json"])
    assert end.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"audiocaps audiocaps.csv": 2, "groups groups.csv": 1}
    with pytest.raises(SystemExit) as end:
        main(["audioedit", "blocklist", "--list", "audiocaps", "-o", str(lists / "x.jsonl")])
    assert end.value.code == 1
    assert "expected KIND=FILE" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("name", ["paper", "paper-1pct", "paper-real"])
def test_the_papers_profiles_block_its_benchmarks(name):
    assert read_config(name).split.blocklist == "${AUDIO_OMNI_DATA}/blocklist.jsonl"


def test_a_blocklist_that_is_not_there_is_told_before_any_work(tmp_path, monkeypatch):
    chosen = config(split={"blocklist": str(tmp_path / "none.jsonl")})
    with pytest.raises(DataError, match=r"none\.jsonl cannot be read.*audioedit blocklist"):
        make(tmp_path / "set", chosen, CATALOG)
    assert not (tmp_path / "set" / "stages").exists()
    monkeypatch.delenv("NOWHERE", raising=False)
    with pytest.raises(ConfigError, match="NOWHERE"):
        make(tmp_path / "set", config(split={"blocklist": "${NOWHERE}/b.jsonl"}), CATALOG)
