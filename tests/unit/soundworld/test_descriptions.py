from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.languages.english import ENGLISH
from audio_omni.plugins.soundworld.melody import tempo_word
from audio_omni.plugins.soundworld.questions.describing import plan_description
from audio_omni.plugins.soundworld.source import SoundworldSource
from audio_omni.plugins.soundworld.vocabulary import KIND_OF
from hypothesis import given, settings
from hypothesis import strategies as st

OPTIONS = SoundworldOptions()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_a_description_tells_everything_that_is_heard_and_nothing_else(index):
    described = plan_description(OPTIONS, (0, 0, 18, index))
    scene, answer = described.scene, described.answer
    beds = {label: pairs[0][0] for label, pairs in ENGLISH.backgrounds.items()}
    assert answer.endswith(f", over {beds[scene.background]}.")
    if scene.melody is not None:
        facts = f"{tempo_word(scene.melody.bpm)} {scene.melody.mode} melody"
        assert answer.startswith(f"A {facts} on the {scene.melody.instrument}")
        return
    clauses = [ENGLISH.events[event.label].clauses[0] for event in scene.events]
    places = [answer.lower().find(clause) for clause in clauses]
    assert all(place >= 0 for place in places)
    assert places == sorted(places)
    heard = [(KIND_OF[event.label].countable, len(event.hits)) for event in scene.events]
    several = [hits for countable, hits in heard if countable and hits > 1]
    told = [n for n, times in ENGLISH.times.items() for _ in range(answer.count(f" {times}"))]
    assert sorted(told) == sorted(several)


def test_a_row_has_the_clip_that_its_answer_describes():
    source = SoundworldSource("descriptions", OPTIONS)
    row = source.row(3)
    plan = plan_description(OPTIONS, (0, 0, 18, 3))
    assert (row.fields["answer"], row.fields["question"]) == (plan.answer, plan.question)
    assert row.audio is None
    assert row.media["audio"]().seconds == row.fields["duration_s"] == 3.0
    assert row.truth == {"skill": "description"}
