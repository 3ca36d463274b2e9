"""Instructions worded anew in every epoch: repeatable, resumable, never a held-out wording."""

from collections import defaultdict

import numpy as np
import pytest
import torch
import yaml
from audio_omni.core.data.config import MixtureConfig
from audio_omni.core.data.dataset import PickDataset
from audio_omni.core.data.mixture import Mixture
from audio_omni.core.data.uri import open_source
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.core.geometry import Geometry
from audio_omni.plugins.audioedit.blobs import BlobStore
from audio_omni.plugins.audioedit.config import PackConfig
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.packing.shards import pack
from audio_omni.plugins.audioedit.words.instructions import templates, word
from audio_omni.plugins.audioedit.words.more import MoreWording, MoreWordings, write_file
from small_pairs import CATALOG, config

EPOCHS = range(12)
UNSEEN = {t.id for found in templates("en").values() for t in found if t.held_out}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("pairs") / "set", config(), CATALOG)


@pytest.fixture(scope="module")
def german(tmp_path_factory):
    return make(tmp_path_factory.mktemp("pairs") / "de", config(languages=("de",)), CATALOG)


def opened(made, query="?words=redraw", **options):
    return open_source(f"audioedit:{made.root}{query}", options, CATALOG())


def instructions(source, epoch, seed=0):
    return [
        source.row_in_epoch(i, epoch=epoch, seed=seed).fields["instruction"]
        for i in range(len(source))
    ]


def facts(row):
    return row.id, dict(row.fields), row.licence, row.attribution


def test_rows_are_as_they_are_stored_unless_asked_for(made):
    plain, asked = opened(made, ""), opened(made)
    for i in range(len(plain)):
        stored = facts(plain.row(i))
        assert facts(plain.row_in_epoch(i, epoch=3, seed=1)) == stored
        assert facts(asked.row(i)) == stored


def test_an_epoch_has_other_wordings_and_the_same_ones_again(made):
    one, two = opened(made), opened(made)
    first = [instructions(one, epoch) for epoch in EPOCHS]
    assert first == [instructions(two, epoch) for epoch in EPOCHS]
    assert len({tuple(said) for said in first}) == len(EPOCHS)
    assert instructions(one, 0, seed=1) != first[0]


def test_only_the_instruction_changes_and_the_id_tells_to_which(made):
    source = opened(made)
    for i in range(len(source)):
        stored, drawn = source.row(i), source.row_in_epoch(i, epoch=1, seed=0)
        id_, _, template = drawn.id.partition("#en.")
        assert id_ == stored.id
        assert template.startswith(made_of(made, stored.id).task)
        both = [{k: v for k, v in r.fields.items() if k != "instruction"} for r in (stored, drawn)]
        assert both[0] == both[1]


def made_of(made, id_):
    return next(record for record in made.records if record.id == id_)


def test_wordings_that_are_held_out_are_never_drawn_and_all_others_are(made):
    source, drawn = opened(made), set()
    for epoch in range(60):
        for i in range(len(source)):
            drawn.add(source.row_in_epoch(i, epoch=epoch, seed=0).id.rpartition(".")[2])
    assert not drawn & UNSEEN
    tasks = {record.task for record in made.records}
    every = {t.id for task in tasks for t in templates("en")[task]} - UNSEEN
    assert drawn == every


def test_no_time_is_told_where_pairs_are_cut(made):
    source = opened(made, timed=False)
    timed = {"add-11", "add-12", "remove-12", "remove-13"}
    for epoch in range(30):
        for i in range(len(source)):
            id_ = source.row_in_epoch(i, epoch=epoch, seed=0).id
            assert id_.rpartition(".")[2] not in timed


def test_what_is_held_out_is_measured_as_it_is_stored(made):
    kept = opened(made).held_out()
    for i in range(len(kept)):
        assert facts(kept.row_in_epoch(i, epoch=2, seed=0)) == facts(kept.row(i))


def test_repeated_rows_are_worded_apart(made):
    source = opened(made, repeats=8)
    said = defaultdict(set)
    for i in range(len(source)):
        row = source.row_in_epoch(i, epoch=0, seed=0)
        said[row.id.partition("#")[0].partition("~")[0]].add(row.fields["instruction"])
    assert sum(len(found) > 3 for found in said.values()) > len(said) / 2


class Texts:
    """A task that takes a row's instruction, and nothing else."""

    name = "texts"

    def to_example(self, row):
        class Example:
            target = torch.zeros(1)
            text = row.fields["instruction"]

        return Example()


def read(source, steps, state=None):
    uses = [{"uri": "audioedit:set", "task": "texts"}]
    mixture = Mixture(MixtureConfig(sources=uses), [source], seed=5)
    first = 0
    if state is not None:
        mixture.load_state_dict(state)
        first = state["step"]
    geometry = Geometry(sample_rate_hz=16000, channels=1, hop=512, clip_seconds=2)
    data = PickDataset(
        [source],
        [Texts()],
        lambda example, key=None: (example.text, key),
        geometry=geometry,
        seed=5,
    )
    read = [data[pick] for step in range(first, steps) for pick in mixture.plan(step, 4)]
    return read, {**mixture.state_dict(), "step": steps}


def test_a_run_that_is_resumed_reads_the_same_words(made):
    steps = 2 * len(opened(made)) // 4 + 3
    whole, _ = read(opened(made), steps)
    begun, state = read(opened(made), steps // 2)
    rest, _ = read(opened(made), steps, state)
    assert begun + rest == whole
    rows = defaultdict(set)
    for text, key in whole:
        rows[key.partition("#")[0]].add(text)
    assert any(len(found) > 1 for found in rows.values())


def test_words_of_a_row_have_a_key_of_their_own_in_caches(made):
    read_, _ = read(opened(made), 30)
    assert len({key for _, key in read_}) == len(set(read_))
    assert all("#en." in key for _, key in read_)


def test_english_pairs_in_german(made):
    source = opened(made, "?words=redraw&lang=de,en")
    found = defaultdict(set)
    for epoch in EPOCHS:
        for i in range(len(source)):
            row = source.row_in_epoch(i, epoch=epoch, seed=0)
            lang = row.id.rpartition("#")[2].partition(".")[0]
            found[lang].add(row.fields["instruction"])
            stored = source.row(i).fields["description"]
            assert (row.fields["description"] == stored) == (lang == "en")
    assert set(found) == {"de", "en"}
    assert "{" not in "".join(found["de"])
    assert any("am Anfang" in said or "gegen Ende" in said for said in found["de"])


def test_german_pairs_in_english(german):
    source = opened(german, "?words=redraw&lang=en")
    for i in range(len(source)):
        row = source.row_in_epoch(i, epoch=0, seed=0)
        assert "#en." in row.id
        assert row.fields["description"].isascii()


def test_german_pairs_stay_german(german):
    source = opened(german)
    assert all("#de." in source.row_in_epoch(i, epoch=0, seed=0).id for i in range(len(source)))


def test_reviewed_wordings_are_drawn(made, tmp_path):
    text = "How about {a} as well?"
    entries = (MoreWording(task="add", text=text, accepted=True),)
    write_file(tmp_path / "more.yaml", MoreWordings(lang="en", wordings=entries))
    source = opened(made, "?words=redraw&task=add", words_more=[str(tmp_path / "more.yaml")])
    said = {one for epoch in EPOCHS for one in instructions(source, epoch)}
    assert any(one.startswith("How about ") for one in said)
    assert source.digest() != opened(made, "?words=redraw&task=add").digest()


def test_a_language_without_words_for_a_pair_names_it(made, tmp_path):
    spare = {
        task: {"templates": {f"{task}-x": "Bla {the}."}}
        for task in ("add", "remove", "extract", "style")
    }
    when = {"early": "a", "middle": "b", "late": "c"}
    path = tmp_path / "xx.yaml"
    path.write_text(yaml.safe_dump({"lang": "xx", "when": when, **spare}))
    with pytest.raises(DataError, match=r"pair ae1-.*worded anew: '.*' has no words in 'xx'"):
        opened(made, "?words=redraw&lang=xx", words_files=[str(path)])
    with pytest.raises(DataError, match="no wordings in 'zz'"):
        opened(made, "?words=redraw&lang=zz")


def test_languages_without_redraw_are_an_error(made):
    with pytest.raises(ConfigError, match="lang without words=redraw"):
        opened(made, "?lang=de")


def test_stored_words_leave_the_digest_as_it_was(made):
    plain = opened(made, "")
    assert plain.digest() == opened(made, "?words=stored").digest()
    assert plain.digest() != opened(made).digest()


def test_a_slice_of_wordings_that_training_never_sees(made, tmp_path):
    rng, slots = np.random.default_rng(0), {r.id: r.instruction.slots for r in made.records}
    tested = [
        record.model_copy(
            update={
                "split": "test",
                "instruction": word(record.task, slots[record.id], rng=rng, split="test"),
            }
        )
        for record in made.records
    ]
    list(pack(tested, BlobStore(made.root), tmp_path / "shards", PackConfig()))
    read_ = {
        wording: {
            source.row(i).id
            for source in [opened_at(tmp_path, f"?split=test{wording}")]
            for i in range(len(source))
        }
        for wording in ("", "&wording=seen", "&wording=held_out")
    }
    unseen = {r.id for r in tested if r.instruction.template in UNSEEN}
    assert 0 < len(unseen) < len(tested)
    assert read_["&wording=held_out"] == unseen
    assert read_["&wording=seen"] == read_[""] - unseen


def opened_at(root, query):
    return open_source(f"audioedit:{root}{query}", {}, CATALOG())
