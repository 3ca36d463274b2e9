"""The report: its numbers, its tables, its files, and that it shows what it should."""

import csv
import json
import re
from typing import ClassVar

import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.core.measuring import build_metric
from audio_omni.core.metric import Measured
from audio_omni.plugins.audioedit.blobs import BlobStore
from audio_omni.plugins.audioedit.funnel import PAPER
from audio_omni.plugins.audioedit.report import modes
from audio_omni.plugins.audioedit.report.build import write_report
from audio_omni.plugins.audioedit.report.chart import histogram_html, short
from audio_omni.plugins.audioedit.report.contact_sheet import contact_sheets, marked_spans
from audio_omni.plugins.audioedit.report.controls import lsd_of_controls, sides
from audio_omni.plugins.audioedit.report.credits import write_attribution
from audio_omni.plugins.audioedit.report.examples import Example, rejected_examples
from audio_omni.plugins.audioedit.report.fad_controls import fad_of_controls
from audio_omni.plugins.audioedit.report.funnel_table import funnel_html, paper_html
from audio_omni.plugins.audioedit.report.uniformity import ks_uniform
from audio_omni.plugins.audioedit.report.values import (
    Quantity,
    counts,
    duplicates,
    onsets,
    quantities,
)
from audio_omni.plugins.audioedit.stages.contract import Stage
from audio_omni.plugins.audioedit.stages.lines import line_of
from audio_omni.plugins.audioedit.stages.outcomes import Item, Kept, Rejected
from audio_omni.plugins.audioedit.stages.parts import Part
from audio_omni.plugins.audioedit.stages.pipeline import Step
from audio_omni.plugins.manager import build_plugin_manager
from edit_pairs import make_records

LINES = [
    {"stage": "plan", "branch": "synth", "in": 1200, "kept": 1000, "made": 1000,
     "rejected": {"too_hot": 150, "<b>": 30}, "failed": 20, "seconds": 12.5},
    {"stage": "activity", "branch": "real", "in": 100, "kept": 64, "made": 64,
     "rejected": {}, "failed": 36, "seconds": 1.0},
]  # fmt: skip


@pytest.fixture(scope="module")
def catalog():
    return build_plugin_manager()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("pairs")
    return root, make_records(root, 4)


@pytest.fixture(scope="module")
def report(made, catalog):
    root, records = made
    example = Example("plan", "too_hot", "louder than full scale", "plan-7", "<gain>", {"g": 0.1})
    return write_report(
        root, records, LINES, catalog=catalog, paper=PAPER, examples=[example], per_kind=2
    )


def test_uniform_numbers_pass_and_others_fail():
    rng = np.random.default_rng(0)
    even = ks_uniform(rng.uniform(size=5000))
    assert even.p > 0.01
    assert even.distance < 0.03
    piled = rng.uniform(size=5000)
    piled[:500] = 0.999
    assert ks_uniform(piled).p < 1e-6
    assert ks_uniform([]) is None


def test_the_p_value_is_that_of_the_tables():
    """At n = 1000 the 5 % point of Kolmogorov's distribution is 1.3581 / (√n + 0.12 + 0.11/√n)."""
    n = 1000
    distance = 1.3581 / (n**0.5 + 0.12 + 0.11 / n**0.5)
    values = np.clip((np.arange(n) + 0.5) / n + distance - 0.5 / n, 0, 1)
    found = ks_uniform(values)
    assert found.distance == pytest.approx(distance, abs=1e-9)
    assert found.p == pytest.approx(0.05, abs=1e-4)


def test_p_values_of_uniform_numbers_are_uniform():
    rng = np.random.default_rng(1)
    found = [ks_uniform(rng.uniform(size=100)).p for _ in range(1000)]
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=0.02)


def test_numbers_of_pairs_have_units(made):
    _, records = made
    found = quantities(records)
    assert found["snr_db"].unit == "LU"
    assert len(found["snr_db"].values) == 12
    assert found["span_s"].values[0] == pytest.approx(
        records[0].spans[0].end_s - records[0].spans[0].start_s, abs=1e-4
    )
    clap = records[0].model_copy(update={"scores": {"clap": {"s1": 0.4}}})
    assert quantities([clap])["clap.s1"].values == (0.4,)


def test_pairs_of_one_scene_share_an_onset_that_counts_once(made):
    _, records = made
    assert len(records) == 12
    shares = onsets(records)
    assert len(shares) == 4
    assert all(0 < share < 1 for share in shares)


def test_a_sound_that_fills_its_clip_has_no_choice_of_onset(made):
    _, records = made
    frames = records[0].target.frames
    event = {**records[0].scene["events"][0], "onset": 0, "length": frames}
    full = records[0].model_copy(update={"scene": {**records[0].scene, "events": [event]}})
    assert onsets([full]) == []


def test_counts_and_duplicates(made):
    _, records = made
    found = counts(records)
    assert found["task"] == {"add": 4, "extract": 4, "remove": 4}
    assert sum(found["template"].values()) == 12
    assert duplicates(records) == 0
    assert duplicates([*records, records[0]]) == 1


def test_a_constant_is_said_and_not_drawn():
    assert "<svg" not in histogram_html(Quantity("Length", "s", (10.0, 10.0)))
    drawn = histogram_html(Quantity("SNR", "LU", (0.0, 1.0, 3.0)))
    assert drawn.count("<rect") == 3
    assert 'aria-label="SNR of 3 pairs, 0 to 3 LU"' in drawn


@pytest.mark.parametrize(
    ("value", "said"), [(5132.4, "5,132"), (-33.14, "−33.1"), (0.0429, "0.0429"), (10.0, "10")]
)
def test_numbers_are_said_without_powers_of_ten(value, said):
    assert short(value) == said


def test_the_funnel_is_beside_the_papers():
    table = funnel_html(LINES)
    assert "too_hot 150" in table
    assert "83.3 %" in table
    assert "&lt;b&gt; 30" in table
    paper = paper_html(PAPER, LINES)
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", paper)
    at = cells.index("activity")
    assert cells[at : at + 5] == ["activity", "347,000", "64.3 %", "64", "–"]
    at = cells.index("style pairs")
    assert cells[at + 2] == "× 10"
    assert "no real branch" not in paper
    alone = paper_html(PAPER, LINES[:1])
    assert "no real branch" in alone
    assert "Here" not in alone  # no columns of nothing
    assert re.findall(r"<td[^>]*>(.*?)</td>", alone)[2:4] == ["347,000", "64.3 %"]


def test_spans_are_marked_where_the_event_is(made):
    _, records = made
    extract = next(r for r in records if r.task == "extract")
    event = extract.scene["events"][0]
    assert extract.spans == ()
    assert marked_spans(extract) == [
        (event["onset"] / 16000, (event["onset"] + event["length"]) / 16000)
    ]


def test_contact_sheets_show_three_pictures_of_each_pair(made):
    root, records = made
    sheets = dict(contact_sheets(records, BlobStore(root), per_kind=2))
    assert list(sheets) == ["add, synth", "extract, synth", "remove, synth"]
    for html in sheets.values():
        assert html.count("<article") == 2
        assert html.count("<audio") == html.count("<img") == 6
        assert html.count('class="span"') == 6
    assert contact_sheets(records, BlobStore(root), per_kind=2) == list(sheets.items())


def test_controls_are_what_a_method_must_beat(made, catalog):
    root, records = made
    found = lsd_of_controls(records, BlobStore(root), catalog)
    assert set(found) == {"add", "remove", "extract"}
    assert found["extract"]["silence"].value < found["extract"]["copy"].value
    assert found["remove"]["copy"].value < found["remove"]["silence"].value
    assert found["add"]["copy"].n == 4
    same = [r.model_copy(update={"source": r.target}) for r in records if r.task == "add"]
    assert lsd_of_controls(same, BlobStore(root), catalog)["add"]["copy"].value == 0.0


def test_fad_of_controls_is_that_of_the_metric(made):
    """Every clip is listened to once; the number is the metric's of the same clips."""
    root, records = made
    host = build_plugin_manager(extra_modules=("band_embedder",))
    blobs = BlobStore(root)
    found = fad_of_controls(records, blobs, host, embedder="bands")
    assert found.missing == ""
    assert set(found.results) == {"add", "remove", "extract"}
    own = [record for record in records if record.task == "add"]
    metric = build_metric("fad", host, {"embedder": {"name": "bands"}})
    for record in own:
        source, target = sides(record, blobs)
        metric.update(Measured(source, target, id=record.id))
    assert found.results["add"]["copy"].value == pytest.approx(metric.compute().value)
    assert found.results["add"]["copy"].n == len(own)
    assert found.results["add"]["silence"].value > found.results["add"]["copy"].value
    one = fad_of_controls(own[:1], blobs, host, embedder="bands")
    assert (one.results, one.missing) == ({}, "")  # of one clip there is no distribution


def test_without_its_network_fad_says_what_to_get(made, catalog, report):
    root, records = made
    found = fad_of_controls(records, BlobStore(root), catalog)
    assert found.results == {}
    assert "vggish" in found.missing
    assert "FAD was not measured: " in report.page.read_text(encoding="utf-8")
    told = json.loads(report.funnel.read_text())
    assert told["pairs"] == len(records)
    assert set(told["controls"]["add"]) == {"LSD"}
    assert set(told["controls"]["add"]["LSD"]) == {"copy", "silence"}


def test_a_report_tells_of_no_place_where_a_network_is_sought(made, catalog, tmp_path, monkeypatch):
    root, records = made
    monkeypatch.setenv("AUDIO_OMNI_EMBEDDERS", str(tmp_path / "ears"))
    found = fad_of_controls(records, BlobStore(root), catalog)
    assert "vggish" in found.missing
    assert str(tmp_path) not in found.missing
    assert "https://github.com/" in found.missing


def test_a_page_holds_everything_and_loads_nothing(report):
    page = report.page.read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)=["']?(?:https?:|//)""", page)
    for said in ("540,000", "347,000", "50,000", "500,000", "too_hot", "&lt;gain&gt;; g 0.1",
                 "Kolmogorov", "copy", "silence", "CC-BY-NC-3.0", "What was added"):  # fmt: skip
        assert said in page
    assert page.count("<article") == 6


def test_the_files_beside_the_page(report, made):
    root, records = made
    assert json.loads(report.funnel.read_text())["paper"]["activity"] == 347_000
    rows = list(csv.DictReader(report.licences.open(encoding="utf-8")))
    used = {(i.dataset, i.item) for r in records for i in r.provenance.ingredients}
    assert {(row["dataset"], row["item"]) for row in rows} == used
    assert {row["pairs"] for row in rows} == {"3"}
    assert "unknown" in {row["licence"] for row in rows}
    credit = report.attribution.read_text(encoding="utf-8")
    assert "CC-BY-NC-3.0\n------------\n- Somebody <2>: event-2\n" in credit
    assert str(root) not in report.page.read_text(encoding="utf-8") + credit


def test_no_cell_of_the_table_is_a_formula(made, catalog):
    root, records = made
    used = records[0].provenance.ingredients[0].model_copy(update={"attribution": "=cmd()"})
    provenance = records[0].provenance.model_copy(update={"ingredients": (used,)})
    odd = records[0].model_copy(update={"provenance": provenance})
    written = write_report(
        root, [odd], [], catalog=catalog, paper=PAPER, per_kind=0
    ).licences.read_text()
    assert "'=cmd()" in written


def test_a_report_of_nothing_says_what_to_do(tmp_path, catalog):
    with pytest.raises(DataError, match=r"holds no finished pair.*audioedit run"):
        write_report(tmp_path, [], [], catalog=catalog, paper=PAPER)


class Picky(Stage):
    name = "picky"
    reasons: ClassVar = {"odd": "the number is odd"}

    @classmethod
    def settings(cls, workshop):
        return {}

    def process(self, items):
        raise NotImplementedError


def test_five_of_each_reason_are_shown(tmp_path):
    class Shop:
        def folder(self, stage):
            return tmp_path / stage

    items = [Item(f"i{k}", k) for k in range(20)]
    outcomes = {
        item.id: line_of(item, Rejected("odd", {"n": item.root}) if item.root % 2 else Kept(()))
        for item in items
    }
    (tmp_path / "picky").mkdir()
    Part(tmp_path / "picky", 0).complete(items, outcomes, "", 1.0)
    found = rejected_examples(Shop(), [Step(Picky, "synth")])
    assert len(found) == 5
    assert {e.meaning for e in found} == {"the number is odd"}
    assert all(e.scores["n"] % 2 for e in found)
    assert found == rejected_examples(Shop(), [Step(Picky, "synth")])


def test_what_services_cost_and_what_was_passed_over_is_told(made, catalog):
    from audio_omni.plugins.audioedit.providers.contract import Spent
    from audio_omni.plugins.audioedit.report.sections import costs

    assert "No service was paid" in costs(None)
    assert "12 calls, 3,456 tokens, 1.50 US dollars" in costs(Spent(12, 3456, 1.5))
    own = {"calls": 10, "tokens": 3000, "usd": 1.25}
    by_stage = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", costs(Spent(12, 3456, 1.5, {"label": own})))
    assert by_stage[-4:] == ["label", "10", "3,000", "1.25"]
    root, records = made
    told = {"catalog": catalog, "paper": PAPER, "per_kind": 0}
    written = write_report(root, records, LINES, spent=Spent(2, 3, 0.1), conflicts=(1, 4), **told)
    facts = json.loads(written.funnel.read_text())
    assert facts["spent"] == {"calls": 2, "tokens": 3, "usd": 0.1, "by_stage": {}}
    assert facts["conflicts"] == {"met": 1, "drawn": 4}


def test_dull_sounds_are_told_and_snr_as_it_came_out(made):
    from audio_omni.plugins.audioedit.report.sections import numbers
    from audio_omni.plugins.audioedit.report.values import bandwidths

    _, records = made
    assert bandwidths(records) == {}
    widths = iter((4000, 5000, 9000, 12000, 12500, 13000))
    known = [
        r.model_copy(
            update={
                "scene": {**r.scene, "label": label, "bandwidth_hz": next(widths)},
                "scores": {"snr_realised_db": 1.5},
            }
        )
        for label, r in zip(["siren"] * 3 + ["bell"] * 3, records, strict=False)
    ]
    assert bandwidths(known) == {"siren": (3, 5000.0), "bell": (3, 12500.0)}
    page = numbers(known)
    assert '<th scope="row">siren</th><td>3</td><td>5.0</td>' in page
    assert "SNR as it came out" in page
    assert counts(known)["mode"] == {"mixed": 6}
    mode = [r.model_copy(update={"scene": {"mixture_mode": "subtract"}}) for r in records[:2]]
    assert counts(mode)["mode"] == {"subtract": 2}


def test_authors_of_many_recordings_are_named_in_full_where_there_is_no_table(made, tmp_path):
    record = made[1][0]
    (used, *_) = record.provenance.ingredients
    many = [used.model_copy(update={"item": f"clip-{k:02}"}) for k in range(25)]
    provenance = record.provenance.model_copy(update={"ingredients": tuple(many)})
    records = [record.model_copy(update={"provenance": provenance})]
    whole = write_attribution(records, tmp_path / "A").read_text(encoding="utf-8")
    assert all(one.item in whole for one in many)
    some = write_attribution(records, tmp_path / "B", most=20).read_text(encoding="utf-8")
    assert "and 5 more, see licences.csv" in some


def real_record(record, item, si_sdr_db, task="add"):
    (used, *_) = record.provenance.ingredients
    own = (used.model_copy(update={"item": item}),)
    provenance = record.provenance.model_copy(update={"ingredients": own})
    scene = {"label": "dog", "mixture_mode": "original", "consistency_sisdr_db": si_sdr_db}
    return record.model_copy(
        update={"branch": "real", "scene": scene, "provenance": provenance, "task": task}
    )


def test_the_counts_of_all_three_modes_are_told(made):
    first = made[1][0]
    records = [
        real_record(first, "a", 15.0), real_record(first, "a", 15.0, "remove"),
        real_record(first, "b", 14.9), first,
    ]  # fmt: skip
    wanted = {"original": (2, 2), "recomposed": (2, 0), "subtract": (1, 0)}
    assert modes.counted(records) == wanted
    assert modes.counted(records, 20.0)["subtract"] == (0, 0)
    page = modes.html(records)
    assert '<th scope="row">subtract</th><td>1</td><td>0</td>' in page
    assert "15 dB of SI-SDR" in page
    assert modes.html([first]) == ""
