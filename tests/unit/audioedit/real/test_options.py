"""Options of the real branch that decide what goes on, each where it makes a difference."""

import numpy as np
import pytest
from real_parts.parts import Hash, Oracle

TABLE = """
- group: pets
  family: animal
  keeps: rhythm
  sounds:
    - dog barking | a dog barking | the barking dog
    - cat meowing | a cat meowing | the meowing cat
    - sheep bleating | a sheep bleating | the bleating sheep
"""


def test_where_nothing_but_add_is_asked_for_and_nothing_is_added_there_is_no_pair(scenes, run):
    scenes.add("clip")
    path = scenes.folder / "clip.npz"
    stems = dict(np.load(path))
    stems["dog barking"] = -0.9 * stems["rain falling"]
    np.savez(path, **stems)
    rules = {"target_share": 0.0, "faintest_lu": -60, "residual_share": 0.0}
    semantic = {"keep_fraction": 1.0, "swapped": 2.0}
    ran = run(scenes.config(activity_rules=rules, semantic=semantic, tasks=("add",)))
    assert ran.verdicts("assemble") == {"clip|dog barking": "nothing_added"}


@pytest.mark.parametrize(("drop", "verdict"), [(True, "no_sources"), (False, "kept")])
def test_faint_sources_are_dropped_unless_they_are_wanted(scenes, run, drop, verdict):
    scenes.add("hushed", said={"prominence": "faint"})
    ran = run(scenes.config(clips={"least_seconds": 2.85, "drop_faint": drop}))
    assert ran.verdicts("expand") == {"hushed": verdict}


def test_the_first_sources_of_a_clip_are_taken_and_no_more_than_asked_for(scenes, run):
    scenes.add("two", ("dog barking", "car horn honking"))
    ran = run(scenes.config(clips={"least_seconds": 2.85, "most_sources": 1}))
    assert set(ran.lines("separate")) == {"scenes:two|dog barking"}


@pytest.mark.parametrize(
    ("said", "seconds", "spans"),
    [
        ({"onset_hint_s": 0.5}, 1.0, ((0.5, 1.5),)),
        ({"onset_hint_s": 0.5}, 0.25, ((0.5, 0.75),)),
        ({"onset_hint_s": 0.5}, 0.0, None),
        ({"onset_hint_s": 0.5, "continuous": True}, 1.0, None),
        ({}, 1.0, None),
    ],
)
def test_an_onset_of_the_label_becomes_a_span(scenes, run, said, seconds, spans):
    scenes.add("clip", said=said)
    ran = run(scenes.config(separation={"hint_seconds": seconds}))
    separator = ran.workshop.provider("separator", ran.workshop.config.real.separator)
    assert list(separator.told.values()) == [spans]


@pytest.mark.parametrize(("least", "verdict"), [(9.0, "kept"), (11.0, "inconsistent_split")])
def test_parts_have_to_add_up_to_their_clip_well_enough(scenes, run, least, verdict):
    scenes.add("clip", fault="noisy")  # parts that add up to 10 dB
    ran = run(scenes.config(separation={"least_si_sdr_db": least}))
    assert ran.verdicts("separate") == {"clip|dog barking": verdict}


@pytest.fixture
def styled(scenes, run, tmp_path):
    """Run with style transfer over a table of three animals."""

    def _styled(**style):
        table = tmp_path / "words.yaml"
        table.write_text(TABLE, encoding="utf-8")
        values = {
            "writer": {"name": "table_style_words", "options": {"table": str(table)}},
            "editor": {"name": "toy"},
            "likeness": (0.2, 0.9),
            "checks": {"pitch_semitones": 7.0, "bandwidth_loss": 1.0},
            **style,
        }
        return run(scenes.config(mixture_mode="recomposed", style=values))

    return _styled


def words(ran, stage):
    lines = ran.lines(stage).values()
    return [[word["label"] for item in line.items for word in item.data["words"]] for line in lines]


def test_no_more_words_are_kept_than_asked_for(scenes, styled):
    scenes.add("clip")
    both = words(styled(), "style_words")[0]
    assert len(both) == 2


def test_of_many_words_the_first_stay(scenes, styled):
    scenes.add("clip")
    assert len(words(styled(most_words=1), "style_words")[0]) == 1


@pytest.mark.parametrize("likeness", [(-1.0, 0.01), (0.98, 1.0)])
def test_words_that_are_too_near_or_too_far_are_no_words(scenes, styled, likeness):
    scenes.add("clip")
    ran = styled(likeness=likeness)
    assert ran.verdicts("style_words") == {"clip|dog barking": "no_style_words"}
    (line,) = ran.lines("style_words").values()
    assert line.scores == {"suggested": 2.0, "words": 0.0}


def test_an_item_whose_exchanges_are_used_up_gets_none(scenes, styled):
    for k in range(4):
        scenes.add(f"clip-{k}")
    ran = styled(most_share=0.25, share_from=1, most_words=1, candidates=1)
    suggested = [said for (said,) in words(ran, "style_words")]
    verdicts = sorted(ran.verdicts("style_cap").values())
    kinds = {label: suggested.count(label) for label in suggested}
    assert verdicts.count("kept") == len(kinds)  # a quarter of four: one of each exchange
    assert verdicts.count("too_common") == 4 - len(kinds) > 0


def test_what_fails_for_good_fails_alone_whatever_it_was_separated_with(scenes, run):
    scenes.add("one").add("two", fault="never_separates").add("three")
    ran = run(scenes.config())
    assert ran.verdicts("separate") == {
        "one|dog barking": "kept", "two|dog barking": "too_long", "three|dog barking": "kept",
    }  # fmt: skip
    line = ran.lines("separate")["scenes:two|dog barking"]
    assert (line.outcome, line.retryable, line.attempt) == ("failed", False, 1)


@pytest.mark.parametrize("size", [1, 2, 8])
def test_as_many_items_are_handed_over_as_asked_for_and_nothing_else_changes(
    scenes, run, monkeypatch, size
):
    sizes = {"separate": [], "score": []}
    separate, sounds = Oracle.separate, Hash.embed_audio

    def separated(self, clips, phrases, spans, seeds):
        sizes["separate"].append(len(clips))
        return separate(self, clips, phrases, spans, seeds)

    def embedded(self, clips, sample_rate_hz):
        sizes["score"].append(len(clips) // 3)
        return sounds(self, clips, sample_rate_hz)

    for k in range(5):
        scenes.add(f"clip-{k}")
    plain = run(scenes.config(), name="plain").lines("semantic")
    monkeypatch.setattr(Oracle, "separate", separated)
    monkeypatch.setattr(Hash, "embed_audio", embedded)
    semantic = {"keep_fraction": 1.0, "batch": size}
    ran = run(scenes.config(separation={"batch": size}, semantic=semantic))
    wanted = {1: [1] * 5, 2: [2, 2, 1], 8: [5]}[size]
    assert sizes == {"separate": wanted, "score": wanted}
    assert ran.lines("semantic") == plain
