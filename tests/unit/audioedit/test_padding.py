"""What a pair was padded with is recorded, and neither a loss nor a measure counts it (risk 3)."""

import json

import numpy as np
import pytest
import torch
from audio_omni.core.data.manifest import ManifestOptions, ManifestSource
from audio_omni.core.data.uri import open_source
from audio_omni.core.errors import DataError
from audio_omni.core.measuring import build_metric
from audio_omni.core.metric import Measured
from audio_omni.core.models.build import build_model
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.core.task import build_task
from audio_omni.core.training.objective import FlowMatching, step_generators
from audio_omni.plugins.audioedit.blobs import BlobStore
from audio_omni.plugins.audioedit.config import PackConfig
from audio_omni.plugins.audioedit.packing.manifests import write_manifests
from audio_omni.plugins.audioedit.packing.parquet import write_parquet
from audio_omni.plugins.audioedit.packing.rows import row_of
from audio_omni.plugins.audioedit.packing.shards import pack
from audio_omni.plugins.audioedit.report.controls import lsd_of_controls
from audio_omni.plugins.manager import build_plugin_manager
from edit_pairs import BITS, RATE, make_records

PADDED = round(0.4 * RATE)
"""Of three seconds: padding that counted would be a seventh of a loss."""


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False, strict=True)


def with_end(record, blobs, end, **scene):
    """A pair whose sides end with other samples, ``end(rng)``."""
    sides = {}
    for number, name in enumerate(("source", "target")):
        facts = getattr(record, name)
        grid = np.rint(blobs.samples(facts.sha256)[0] * 2 ** (BITS - 1)).astype(np.int32)
        grid[-PADDED:] = end(np.random.default_rng(number))
        sha256 = blobs.put(grid, sample_rate_hz=RATE, bits=BITS)
        sides[name] = facts.model_copy(update={"sha256": sha256})
    return record.model_copy(update={**sides, "scene": {**record.scene, **scene}})


ENDS = {
    "silence": lambda rng: 0,
    "noise": lambda rng: rng.integers(-9000, 9000, PADDED),
}
"""What might stand where a pair was padded: if it counted, the second would change all."""


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """End → a folder with one pair of each edit, packed; in `undeclared` nobody says where."""
    made = {}
    declared = {"pad_samples": PADDED}
    for name, end, scene in (
        *((name, end, declared) for name, end in ENDS.items()),
        ("undeclared", ENDS["noise"], {}),
    ):
        root = tmp_path_factory.mktemp(name)
        blobs = BlobStore(root)
        records = [with_end(r, blobs, end, **scene) for r in make_records(root, 1)]
        list(pack(records, blobs, root / "shards", PackConfig()))
        write_manifests(records, blobs, root)
        made[name] = (root, records)
    return made


def row_from(kind, root, host, task="add"):
    if kind == "audioedit":
        return open_source(f"audioedit:{root}?task={task}", {}, host).row(0)
    options = {"filter": {"task": task}}
    if kind == "webdataset":
        options["field_map"] = {"audio": "target", "source_audio": "source"}
        return open_source(f"webdataset:{root}/shards/train/*.tar", options, host).row(0)
    manifest = str(root / "manifest-train.jsonl")
    return ManifestSource(manifest, ManifestOptions.model_validate(options)).row(0)


KINDS = ("audioedit", "manifest", "webdataset")


def test_the_record_tells_how_much_is_padding(sets):
    _, records = sets["silence"]
    for record in records:
        row = row_of(record)
        assert record.padding_s == row["padding_s"] == 0.4
        assert record.duration_s == row["duration_s"] == pytest.approx(2.6)
    assert "padding_s" not in row_of(sets["undeclared"][1][0])


@pytest.mark.parametrize("kind", KINDS)
def test_both_clips_of_a_row_end_where_the_padding_begins(sets, host, kind):
    root, _ = sets["noise"]
    row = row_from(kind, root, host)
    whole = row_from(kind, sets["undeclared"][0], host)
    for side, uncut in (
        (row.audio(), whole.audio()),
        (row.media["source_audio"](), whole.media["source_audio"]()),
    ):
        assert side.samples.shape[-1] == uncut.samples.shape[-1] - PADDED
        assert torch.equal(side.samples, uncut.samples[:, :-PADDED])
        assert side.conversions[-1] == "left out 0.400 s of padding"


@pytest.fixture(scope="module")
def model(host):
    recipe = resolve_recipe(find_recipe("micro", host.recipes))
    built = build_model(recipe.model, host)
    generator = torch.Generator().manual_seed(0)
    for parameter in built.dit.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05, generator=generator)
    return built.train()


def encoded(model, host, root, task):
    example = build_task(host, task, {}).to_example(row_from("audioedit", root, host, task))
    return model.encode([model.prepare(example)])[0]


@torch.no_grad()
@pytest.mark.parametrize("task", ["add", "remove", "extract"])
def test_the_training_loss_does_not_count_it(sets, host, model, task):
    """Equal beside a longer neighbour too; where nobody says so, the noise changes the loss."""
    one, other, counted = (
        encoded(model, host, sets[name][0], task) for name in ("silence", "noise", "undeclared")
    )
    assert one.latent.shape[1] == other.latent.shape[1] < counted.latent.shape[1]
    for batch, same in (([one], [other]), ([one, counted], [other, counted])):
        losses = [
            FlowMatching(0.0)(model, examples, step_generators(3, 0, range(len(examples))))
            for examples in (batch, same)
        ]
        assert torch.equal(*losses)
    alone = FlowMatching(0.0)(model, [one], step_generators(3, 0, range(1)))
    with_it = FlowMatching(0.0)(model, [counted], step_generators(3, 0, range(1)))
    assert not torch.allclose(alone, with_it, rtol=0.02)


def lsd_of(host, row):
    """The distance of a method that gives its source back."""
    metric, source = build_metric("lsd", host), row.media["source_audio"]()
    metric.update(Measured(source, row.audio(), source, truth=row.truth, id=row.id))
    return metric.compute().value


def test_measures_of_edits_do_not_count_it(sets, host):
    rows = {name: row_from("audioedit", sets[name][0], host) for name in sets}
    values = {name: lsd_of(host, row) for name, row in rows.items()}
    assert values["silence"] == values["noise"]
    assert values["undeclared"] != pytest.approx(values["noise"], rel=0.02)


def test_controls_of_the_report_do_not_count_it(sets, host):
    found = {}
    for name, (root, records) in sets.items():
        results = lsd_of_controls(records, BlobStore(root), host)
        found[name] = [r.value for by_name in results.values() for r in by_name.values()]
    assert found["silence"] == found["noise"]
    assert found["undeclared"] != pytest.approx(found["noise"], rel=0.02)


def test_parquet_tells_it_too(sets, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    root, records = sets["silence"]
    (path,) = write_parquet(records, BlobStore(root), tmp_path)
    table = parquet.read_table(path)
    assert table["padding_s"].to_pylist() == [0.4] * 3
    assert table["duration_s"].to_pylist() == pytest.approx([2.6] * 3)


@pytest.mark.parametrize("said", ["much", -1, True, 3.0])
def test_padding_that_cannot_be_is_an_error(sets, tmp_path, said):
    root, _ = sets["silence"]
    line = json.loads((root / "manifest-train.jsonl").read_text().splitlines()[0])
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({**line, "padding_s": said}) + "\n")
    source = ManifestSource(str(path), ManifestOptions(folder=str(root)))
    with pytest.raises(DataError, match=r"padding_s.*|said to be padding; expected less"):
        source.row(0).audio()


def test_no_event_lies_where_a_background_was_padded():
    """A background of 9.6 s: all events end before that, and use all of it."""
    from audio_omni.plugins.audioedit.config import AudioEditConfig
    from audio_omni.plugins.audioedit.stages.outcomes import Item
    from audio_omni.plugins.audioedit.synthesis.plan import Planner

    source = [{"uri": "soundworld:events"}]
    config = AudioEditConfig.model_validate(
        {"synthesis": {"scenes": 1, "foreground": source, "background": source}}
    )
    sounding = round(9.6 * config.sample_rate_hz)

    def planner(frames):
        return Planner(config, [
            Item(f"{role}:{k}", k, {
                "role": role, "label": label, "caption": label, "conflicts": [], "family": "other",
                "words": {"bare": label, "indefinite": label, "definite": label},
                "group": f"g{k}", "split": "train", "sha256": "0" * 64, "frames": length,
            })
            for k, (role, label, length) in enumerate(
                [("event", "ping", 20_000), ("event", "hum", 900_000), ("background", "x", frames)]
            )
        ])  # fmt: skip

    short = planner(sounding)
    ends = [e.onset + e.length for i in range(200) for e in short.draw(i).events]
    assert max(ends) <= sounding
    assert max(ends) > 0.98 * sounding  # nor is room left over
