"""Metrics of published networks keep the contract, here with tiny networks in their place."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from audio_omni import Answered, Heard, Measured, RequestError, Waveform, build_metric
from audio_omni.core.errors import ConfigError
from audio_omni.evaluation.statistics.frechet import frechet_distance
from audio_omni.evaluation.statistics.gaussian import Gaussian
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.plugins.testing import MetricContract

NETWORKS = "band_embedder"
RATE = 8000


def coloured(seed, gain=0.1):
    """Return noise of a colour and a level of its own."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(1, RATE, generator=generator) * gain
    return Waveform(torch.cumsum(noise, dim=1) * 0.1 if seed % 2 else noise, RATE)


def rows(count=6):
    return [
        Measured(
            coloured(i, 0.05 * (i + 1)),
            coloured(i + 100, 0.1),
            fields={"caption": "abc" * (i + 1), "transcript": "a loud voice"},
            id=f"row {i}",
        )
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(extra_modules=(NETWORKS,), entry_points=False)


class OfNetworks(MetricContract):
    plugin = "audio_omni.evaluation.metrics.plugin"
    network = "one_vector"
    further = ()

    @pytest.fixture(autouse=True)
    def _networks(self, host):
        self.networks = host

    def build(self):
        options = {"embedder": {"name": self.network}, **dict(self.further)}
        return build_metric(self.name, self.networks, options)

    def clips(self):
        return rows()


class TestFad(OfNetworks):
    name = "fad"
    network = "bands"


class TestFrechetDistance(OfNetworks):
    name = "frechet_distance"


class TestKad(OfNetworks):
    name = "kad"


class TestFadInfinity(OfNetworks):
    name = "fad_infinity"
    network = "bands"
    further = (("steps", 4), ("min_n", 8))


class TestInceptionScore(OfNetworks):
    name = "inception_score"
    further = (("splits", 2),)
    identity_is_best = False


class TestKlDivergence(OfNetworks):
    name = "kl_divergence"


class TestClapScore(OfNetworks):
    name = "clap_score"
    identity_is_best = False


class TestSameSpeaker(OfNetworks):
    name = "same_speaker"


class TestWordErrorRate(OfNetworks):
    name = "word_error_rate"
    network = "loud_or_soft"
    identity_is_best = False


class TestReferenceWordErrorRate(OfNetworks):
    name = "reference_word_error_rate"
    network = "loud_or_soft"
    identity_is_best = False


class TestWhisperCharacterErrorRate(OfNetworks):
    name = "whisper_character_error_rate"
    network = "loud_or_soft"
    identity_is_best = False


class TestReferenceWhisperCharacterErrorRate(OfNetworks):
    name = "reference_whisper_character_error_rate"
    network = "loud_or_soft"
    identity_is_best = False


class TestEditedWordsErrorRate(OfNetworks):
    name = "edited_words_error_rate"
    network = "loud_or_soft"
    identity_is_best = False

    def clips(self):
        edited = {"transcript": "a loud voice", "source_transcript": "a faint voice"}
        return [replace(row, fields=edited) for row in rows()]


class OfChoices(MetricContract):
    plugin = "audio_omni.evaluation.metrics.plugin"

    def clips(self):
        fields = {"answer": "a dog", "choices": ["a dog", "a cat", "a bird", "rain"]}
        answers = ("a dog", "(A)", "a cat", "", "who knows")
        return [Answered(a, fields=fields, id=f"q{i}") for i, a in enumerate(answers)]

    def perfect(self):
        return [replace(clip, answer="a dog") for clip in self.clips()]


class TestMmauAccuracy(OfChoices):
    name = "mmau_accuracy"


class TestMmsuAccuracy(OfChoices):
    name = "mmsu_accuracy"


def metric(host, name, network="one_vector", **options):
    return build_metric(name, host, {"embedder": {"name": network}, **options})


def measured(one, clips):
    for clip in clips:
        one.update(clip)
    return one.compute()


def test_fad_pools_the_patches_of_all_clips(host):
    fad = metric(host, "fad", "bands")
    result = measured(fad, rows())
    sides = [
        Gaussian.of(np.concatenate([e["embedding"].numpy() for e in fad.ear.hear(clips)]))
        for clips in ([r.generated for r in rows()], [r.reference for r in rows()])
    ]
    assert result.value == pytest.approx(frechet_distance(*sides).value, rel=1e-9)
    assert result.details["generated_vectors"] == 24
    assert result.flags == ("small_sample",)


def test_an_interval_can_be_left_out_and_does_not_decide_the_value(host):
    with_one = measured(metric(host, "fad", "bands"), rows(12))
    without = measured(metric(host, "fad", "bands", interval="never"), rows(12))
    assert with_one.interval is not None
    assert without.interval is None
    assert with_one.compare(without) == 0


def test_sets_need_no_pairs_and_may_differ_in_size(host):
    fad = metric(host, "fad", "bands")
    made = fad.ear.hear([r.generated for r in rows()])
    wanted = fad.ear.hear([r.reference for r in rows(4)])
    for number, embedding in enumerate(made):
        fad.add(Heard(f"made {number}", embedding))
    for number, embedding in enumerate(wanted):
        fad.add(Heard(f"wanted {number}", None, embedding))
    result = fad.compute()
    assert (result.n, result.details["reference_clips"]) == (6, 4)


@pytest.mark.parametrize("name", ["fad", "kad", "frechet_distance"])
def test_a_clip_that_is_measured_twice_counts_once(host, name):
    once = measured(metric(host, name), rows())
    twice = measured(metric(host, name), [*rows(), rows()[3], rows()[0]])
    assert twice == once


def test_one_clip_has_no_distance_and_the_reason_is_said(host):
    for name in ("fad", "frechet_distance", "fad_infinity"):
        for network in ("one_vector", "bands"):  # many vectors of one clip are no set either
            with pytest.raises(RequestError, match=rf"'{name}': Got one generated clip; expected"):
                measured(metric(host, name, network), rows(1))
    lone = metric(host, "fad", "bands")
    lone.update(rows(1)[0])
    lone.add(replace(lone.heard(rows(2)[1]), reference=None))
    with pytest.raises(RequestError, match="Got one reference clip"):
        lone.compute()
    with pytest.raises(RequestError, match="6 generated clips for 10 chunks"):
        measured(metric(host, "inception_score"), rows())


def test_a_frechet_distance_streams_what_it_hears(host):
    """It keeps sums and a key for each clip, no embedding: eight times the clips, hardly more."""
    sizes = []
    generator = torch.Generator().manual_seed(0)
    for count in (200, 1600):
        fad = metric(host, "fad", "bands")
        for i in range(count):
            heard = {"embedding": torch.randn(12, 4, generator=generator)}
            fad.add(Heard(f"row {i}", heard, heard))
        sizes.append(len(pickle.dumps([fad._sides, fad._seen])))
    assert sizes[1] - sizes[0] < 24 * (1600 - 200)  # two keys of eight bytes a clip
    assert sizes[1] < 12 * 4 * 4 * 1600 / 2  # half of one side's embeddings


def test_few_clips_are_flagged_as_rank_deficient(host):
    result = measured(metric(host, "frechet_distance"), rows(3))
    assert result.flags == ("rank_deficient", "small_sample")


def test_the_same_clips_of_two_processes_do_not_merge_in_a_sum(host):
    first, second = metric(host, "fad"), metric(host, "fad")
    for one in (first, second):
        one.update(rows()[0])
    with pytest.raises(ConfigError, match="1 generated clips from two processes"):
        first.merge_state(second)


def test_an_output_that_is_not_there_is_named(host):
    with pytest.raises(ConfigError, match=r"output 'logits' of embedder 'bands'.*embedding"):
        measured(metric(host, "fad", "bands", output="logits"), rows())
    with pytest.raises(ConfigError, match=r"one vector of a clip.*gives 4 vectors"):
        measured(metric(host, "same_speaker", "bands"), rows())
    with pytest.raises(ConfigError, match="needs an embedder that gives 'text'"):
        measured(metric(host, "word_error_rate"), rows())


def test_embeddings_that_are_not_finite_are_refused_with_the_row(host):
    broken = {"embedding": torch.full((1, 4), torch.nan)}
    good = {"embedding": torch.zeros(1, 4)}
    for name in ("frechet_distance", "same_speaker"):
        with pytest.raises(RequestError, match="row 'bad' that is not finite"):
            metric(host, name).add(Heard("bad", broken, good))


def test_word_errors_have_a_median_and_a_rate_over_all_words(host):
    result = measured(metric(host, "word_error_rate", "loud_or_soft"), rows())
    told = {"mean", "median", "over_all_words", "share_above_half"}
    assert set(result.details) == told
    assert result.details["mean"] == result.value
    assert 0 < result.value < 1
    limited = measured(metric(host, "word_error_rate", "loud_or_soft", limit=0.1), rows())
    assert limited.value < result.value


def test_every_question_counts_and_unread_ones_are_told(host):
    fields = {"answer": "a dog", "choices": ["a dog", "a cat"]}
    answers = [Answered(a, fields=fields, id=a) for a in ("a dog", "A", "B.", "who knows", "")]
    strict = measured(build_metric("mmsu_accuracy", host), answers)
    assert (strict.value, strict.n, strict.details["unread"]) == (0.4, 5, 0.4)
    words = measured(build_metric("mmau_accuracy", host), answers)
    assert (words.value, words.n) == (0.2, 5)


def test_other_choices_than_the_answer_are_refused(host):
    wrong = Answered("a dog", fields={"answer": "a cow", "choices": ["a dog", "a cat"]}, id="q7")
    with pytest.raises(RequestError, match=r"row 'q7' has answer 'a cow'.*same version"):
        build_metric("mmau_accuracy", host).update(wrong)


def test_a_set_that_was_heard_in_another_order_gives_the_same(host):
    for name in ("kad", "frechet_distance", "kl_divergence"):
        forward = measured(metric(host, name), rows())
        backward = measured(metric(host, name), rows()[::-1])
        assert backward.value == pytest.approx(forward.value, rel=1e-12)
        assert backward.rows == forward.rows


def test_reference_recordings_are_counted_as_those_of_the_model_are(host):
    """The same network and rule, so that both stand in one table."""
    swapped = [replace(r, generated=r.reference, reference=r.generated) for r in rows()]
    of_model = measured(metric(host, "word_error_rate", "loud_or_soft"), swapped)
    of_people = measured(metric(host, "reference_word_error_rate", "loud_or_soft"), rows())
    assert of_people.value == of_model.value
    assert of_people.details == of_model.details
    assert of_people.fingerprint["embedder"] == of_model.fingerprint["embedder"]


def test_accuracy_is_told_by_category_where_rows_have_one(host):
    facts = [("Perception", "Semantics"), ("Reasoning", "Semantics"), ("Reasoning", None)]
    answers = ("A", "B", "who knows")
    clips = [
        Answered(
            answer,
            fields={"choices": ["rain", "wind"], "answer": "rain", "category": category}
            | ({"sub-category": part} if part else {}),
            truth={"skill": "weather"},
            id=f"q{i}",
        )
        for i, (answer, (category, part)) in enumerate(zip(answers, facts, strict=True))
    ]
    result = measured(build_metric("mmsu_accuracy", host), [*clips, clips[0]])
    groups = result.details["groups"]
    assert groups["category"] == {
        "Perception": {"value": 1.0, "n": 1, "unread": 0.0},
        "Reasoning": {"value": 0.0, "n": 2, "unread": 0.5},
    }
    assert set(groups["category/sub-category"]) == {
        "Perception / Semantics",
        "Reasoning / Semantics",
    }
    assert groups["skill"]["weather"]["n"] == 3
    assert "task_name" not in groups


def test_by_what_an_accuracy_is_split_does_not_keep_it_from_comparing(host):
    clips = TestMmsuAccuracy().clips()
    plain = measured(build_metric("mmsu_accuracy", host), clips)
    split = measured(build_metric("mmsu_accuracy", host, {"group_by": ["answer"]}), clips)
    assert split.compare(plain) == 0
    assert split.details["groups"]["answer"]["a dog"]["n"] == 5
    assert plain.details["groups"] == {}
