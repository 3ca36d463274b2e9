"""Who is paired with whom for voice conversion: a function of the recordings and a seed."""

from collections import Counter
from dataclasses import replace

import pytest
from audio_omni.plugins.audioedit.voice.config import ConversionConfig
from audio_omni.plugins.audioedit.voice.conversion import plan_conversions
from audio_omni.plugins.audioedit.voice.screening import Heard
from audio_omni.plugins.audioedit.voice.utterances import Utterance

SPEAKERS = {"f1": "female", "f2": "female", "m1": "male", "m2": "male"}


def heard(speaker, number, sex=None, seconds=4.0, **told):
    name = f"{speaker}-{number}"
    facts = {"language": "en", "sex": sex or SPEAKERS.get(speaker), "parallel": f"s{number}"}
    utterance = Utterance(name, f"{name}.wav", f"words number {number}", speaker, **facts)
    digest = f"{abs(hash(name)):064x}"[:64]
    return Heard(replace(utterance, **told), digest, seconds, seconds - 0.2, 16000, 1, 40.0, 8000)


def corpus(count=5, speakers=SPEAKERS):
    return [heard(speaker, number) for speaker in speakers for number in range(count)]


def plan(recordings, **options):
    return plan_conversions(recordings, ConversionConfig(**options))


def test_words_and_voice_are_of_two_speakers_and_unlike_texts():
    recordings = {one.id: one for one in corpus()}
    pairs = plan(recordings.values()).pairs
    assert len(pairs) == 40
    for pair in pairs:
        source, voice, reference = (
            recordings[pair.recordings[role]].told for role in ("source", "voice", "reference")
        )
        assert source.speaker != voice.speaker == reference.speaker
        assert source.text != voice.text
        assert reference.text == source.text
        assert pair.facts["reference_kind"] == "parallel"
        assert pair.facts["transcript"] == source.text
        assert pair.facts["speaker"] == voice.speaker
        assert pair.facts["source_speaker"] == source.speaker


def test_each_sex_meets_each_equally_often_and_speakers_take_turns():
    planned = plan(corpus(), pairs=16)
    assert set(planned.made.values()) == {4}
    voices = Counter(pair.facts["speaker"] for pair in planned.pairs)
    sources = Counter(pair.facts["source_speaker"] for pair in planned.pairs)
    assert set(voices.values()) == set(sources.values()) == {4}
    prompts = Counter(pair.recordings["voice"] for pair in planned.pairs)
    assert max(prompts.values()) == 1


def test_without_a_number_pairs_are_as_many_as_are_balanced():
    recordings = [*corpus(5, ("f1", "f2")), *corpus(2, ("m1", "m2"))]
    planned = plan(recordings)
    assert set(planned.made.values()) == {4}
    assert plan(recordings, pairs=30).made == {
        "female→female": 10, "female→male": 10, "male→female": 4, "male→male": 4,
    }  # fmt: skip


def test_one_sex_alone_makes_pairs_and_the_others_are_shown_as_none():
    planned = plan(corpus(3, ("f1", "f2")))
    assert planned.made["female→female"] == 6
    assert sum(planned.made.values()) == 6
    assert len(planned.made) == 4


def test_rows_without_a_sex_are_left_out_or_not_balanced():
    recordings = [*corpus(2), *(heard("x", i, seconds=4.0) for i in range(3))]
    planned = plan(recordings)
    assert Counter(r.reason for r in planned.rejected) == {"sex_not_told": 3}
    planned = plan(recordings, balance="none")
    assert not planned.rejected
    assert planned.made == {"any→any": 11}
    assert "x" in {pair.facts["speaker"] for pair in planned.pairs}


def test_one_speaker_has_no_partner():
    planned = plan(corpus(3, ("f1",)))
    assert planned.pairs == ()
    assert Counter(r.reason for r in planned.rejected) == {"no_partner": 3}


def test_languages_do_not_mix():
    recordings = [heard("f1", 0, language="de"), *corpus(2, ("f2", "m1"))]
    planned = plan(recordings)
    assert [r.id for r in planned.rejected] == ["f1-0"]
    assert all("f1" not in pair.facts["speaker"] for pair in planned.pairs)


def test_prompts_are_as_long_as_asked_and_contents_any():
    recordings = [*corpus(3), heard("f1", 9, seconds=1.5), heard("m1", 9, seconds=12.0)]
    pairs = plan(recordings).pairs
    voices = {pair.recordings["voice"] for pair in pairs}
    assert not {"f1-9", "m1-9"} & voices
    assert {"f1-9", "m1-9"} <= {pair.recordings["source"] for pair in pairs}


def test_words_and_voice_together_last_no_longer_than_a_models_clips():
    recordings = [*corpus(3), heard("f1", 9, seconds=6.0), heard("m1", 9, seconds=9.0)]
    lengths = {one.id: one.seconds for one in recordings}
    planned = plan(recordings, longest_seconds=10.0)
    assert [r.id for r in planned.rejected] == ["m1-9"]
    assert "f1-9" in {pair.recordings["source"] for pair in planned.pairs}
    for pair in planned.pairs:
        assert lengths[pair.recordings["source"]] + lengths[pair.recordings["voice"]] <= 10.0


def test_two_who_talk_in_one_session_are_not_paired():
    recordings = [heard(s, i, session=f"room {i}") for s in ("f1", "f2") for i in range(3)]
    rooms = {one.id: one.told.session for one in recordings}
    for pair in plan(recordings).pairs:
        assert rooms[pair.recordings["source"]] != rooms[pair.recordings["voice"]]
    assert plan([heard(s, i, session="all") for s in ("f1", "f2") for i in range(3)]).pairs == ()


def test_without_a_parallel_recording_another_one_of_the_voice_is_compared_with():
    recordings = [
        heard("f1", 0, parallel=None, text="one"),
        heard("m1", 1, parallel=None, text="two", session="a"),
        heard("m1", 2, parallel=None, text="three", session="a"),
        heard("m1", 3, parallel=None, text="four", session="b"),
    ]
    kinds = {}
    for pair in plan(recordings, pairs=9).pairs:
        kinds[pair.recordings["source"]] = pair.facts["reference_kind"]
        if pair.recordings["source"] == "f1-0" and pair.recordings["voice"] != "m1-3":
            assert pair.recordings["reference"] == "m1-3"  # of another session
    assert kinds == {"f1-0": "same_speaker", "m1-1": "prompt", "m1-2": "prompt", "m1-3": "prompt"}
    assert plan(recordings, reference="parallel").pairs == ()


def test_equal_words_are_parallel_whatever_their_marks():
    recordings = [
        heard("f1", 0, parallel=None, text="Good morning, all!"),
        heard("m1", 1, parallel=None, text="good morning all"),
        heard("m1", 2, parallel=None, text="something else"),
    ]
    planned = plan(recordings, reference="parallel", balance="none")
    (pair,) = planned.pairs
    assert pair.recordings == {"source": "f1-0", "voice": "m1-2", "reference": "m1-1"}


def test_the_order_of_recordings_changes_nothing_and_the_seed_does():
    recordings = corpus()
    one, other = plan(recordings, pairs=12), plan(recordings[::-1], pairs=12)
    assert one == other
    again = plan(recordings, pairs=12, seed=1)
    assert again.made == one.made
    assert again.pairs != one.pairs
    assert len({pair.id for pair in one.pairs}) == 12


@pytest.mark.parametrize("pairs", [1, 3, 7])
def test_a_number_that_four_does_not_divide_is_met(pairs):
    planned = plan(corpus(), pairs=pairs)
    assert len(planned.pairs) == pairs
    assert max(planned.made.values()) - min(planned.made.values()) <= 1
