"""Answers are compared with the plan of the clip, by rules of their own."""

import re
from collections import Counter, defaultdict

import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.melody import TEMPI
from audio_omni.plugins.soundworld.pictures.kinds import SIGHT_OF, SIGHTS
from audio_omni.plugins.soundworld.questions.asking import COUNTS, search
from audio_omni.plugins.soundworld.questions.videos import HALVES
from audio_omni.plugins.soundworld.source import SoundworldSource
from audio_omni.plugins.soundworld.vocabulary import KIND_OF, KINDS
from audio_omni.tasks.requests import QuestionRequest
from audio_omni.tasks.understanding import Understanding
from hypothesis import given, settings
from hypothesis import strategies as st

INDICES = st.integers(0, 99_999)
SEEDS = st.integers(0, 2**32 - 1)
LOCATORS = ("questions", "video_questions")


def world(locator, **options):
    return SoundworldSource(locator, SoundworldOptions(**options))


def labels(scene):
    return [event.label for event in scene.events]


def named(text):
    """Labels of the events that a question names, in its order."""
    found = {k.label: [text.lower().find(n) for n in k.nouns if n in text.lower()] for k in KINDS}
    return sorted((label for label, at in found.items() if at), key=lambda label: min(found[label]))


def right_sound(text, scene):
    if not named(text):
        return ", ".join(labels(scene))
    return "yes" if named(text)[0] in labels(scene) else "no"


def right_count(text, scene):
    if not named(text):
        return COUNTS[len(scene.events)]
    (event,) = (e for e in scene.events if e.label == named(text)[0])
    return COUNTS[len(event.hits)]


def right_order(text, scene):
    onsets = {event.label: event.onset for event in scene.events}
    assert np.diff(sorted(onsets.values())).min() >= 0.3 * scene.rate
    if named(text):
        a, b = named(text)
        return "yes" if onsets[a] < onsets[b] else "no"
    return (max if "last" in text else min)(onsets, key=onsets.get)


def right_tempo(text, scene):
    return next(w for w, (low, high) in TEMPI.items() if low <= scene.melody.bpm <= high)


RIGHT = {
    "sound": right_sound,
    "count": right_count,
    "order": right_order,
    "background": lambda text, scene: scene.background,
    "instrument": lambda text, scene: scene.melody.instrument,
    "tempo": right_tempo,
    "mode": lambda text, scene: scene.melody.mode,
    "object": lambda text, scene: SIGHT_OF[scene.events[0].label].actor,
    "half": lambda text, scene: HALVES[int(scene.events[0].onset / scene.samples * 2)],
}


@settings(max_examples=300, deadline=None)
@given(INDICES, SEEDS, st.sampled_from(LOCATORS), st.sampled_from([2.0, 3.0, 5.0]))
def test_the_answer_is_true_and_among_the_choices(index, seed, locator, clip_seconds):
    source = world(locator, seed=seed, clip_seconds=clip_seconds)
    row, plan = source.row(index), source.plan(index)
    answer, choices = row.fields["answer"], row.fields["choices"]
    assert answer == RIGHT[row.truth["skill"]](row.fields["question"], plan.scene)
    assert choices.count(answer) == 1
    assert len(set(choices)) == len(choices)
    assert 2 <= len(choices) <= 4
    assert len(re.split(r"[ ,]+", answer)) <= 4
    assert row.audio is None


@pytest.fixture(scope="module", params=LOCATORS)
def asked(request):
    """Skill → its questions and answers."""
    source, by_skill = world(request.param), defaultdict(list)
    for index in range(1400):
        row = source.row(index)
        by_skill[row.truth["skill"]].append((row.fields["question"], row.fields["answer"], row))
    return by_skill


def test_the_same_answer_every_time_is_seldom_right(asked):
    most = {"mode": 0.6, "half": 0.6, "tempo": 0.45, "count": 0.35}
    for skill, rows in asked.items():
        commonest = Counter(answer for _, answer, _ in rows).most_common(1)[0][1]
        assert commonest / len(rows) < most.get(skill, 0.35), skill


def test_yes_is_as_frequent_as_no(asked):
    for skill, rows in asked.items():
        answers = Counter(answer for _, answer, _ in rows if answer in ("yes", "no"))
        if answers:
            assert 0.35 < answers["yes"] / answers.total() < 0.65, skill


def test_the_question_does_not_give_the_answer_away(asked):
    """For each wording, too, the commonest answer is seldom the right one."""
    for skill, rows in asked.items():
        by_wording = defaultdict(Counter)
        for question, answer, _ in rows:
            by_wording[without_names(question)][answer] += 1
        assert len(by_wording) >= 3, skill
        for wording, answers in by_wording.items():
            if answers.total() > 40:
                assert answers.most_common(1)[0][1] / answers.total() < 0.75, (skill, wording)


def without_names(question):
    text = question.lower()
    for kind in KINDS:
        for noun in kind.nouns:
            text = text.replace(noun, "*")
    for sight in SIGHTS:
        text = text.replace(f"the {sight.actor}", "*")
    return text


def test_places_of_choices_tell_nothing(asked):
    for skill, rows in asked.items():
        places = Counter(row.fields["choices"].index(answer) for _, answer, row in rows)
        assert max(places.values()) / places.total() < 0.6, skill


def test_all_skills_are_asked_for():
    heard = Counter(world("questions").row(i).truth["skill"] for i in range(700))
    assert set(heard) == set(RIGHT) - {"object", "half"}
    assert min(heard.values()) > 60
    seen = Counter(world("video_questions").row(i).truth["skill"] for i in range(300))
    assert set(seen) == {"object", "count", "half"}
    assert min(seen.values()) > 60


def test_who_hears_both_sounds_still_has_to_hear_which_is_first():
    source, checked = world("questions"), 0
    for index in range(600):
        row = source.row(index)
        if row.truth["skill"] == "order" and row.fields["answer"] not in ("yes", "no"):
            heard = labels(source.plan(index).scene)
            assert {heard[0], heard[-1]} <= set(row.fields["choices"])
            checked += 1
    assert checked > 20


def test_a_counted_sound_can_be_counted():
    source = world("questions")
    for index in range(500):
        row = source.row(index)
        if row.truth["skill"] == "count":
            assert KIND_OF[named(row.fields["question"])[0]].countable


@pytest.mark.parametrize("locator", LOCATORS)
def test_rows_are_the_same_each_time_and_others_when_held_out(locator):
    source = world(locator)
    assert source.plan(7) == world(locator).plan(7)
    assert source.held_out().plan(7) != source.plan(7)
    keys = {source.plan(i).scene.background_key for i in range(50)}
    assert len(keys | {source.held_out().plan(i).scene.background_key for i in range(50)}) == 100


def test_a_row_becomes_an_example_of_the_task():
    for locator, medium in (("questions", "audio"), ("video_questions", "video")):
        row = world(locator).row(0)
        assert set(row.media) == {medium}
        example = Understanding().to_example(row)
        assert isinstance(example.request, QuestionRequest)
        prompt = example.payloads["prompt"]
        assert row.fields["question"] in prompt.text
        assert (prompt.audio is None) == (medium == "video")
        assert (prompt.video is None) == (medium == "audio")
        assert example.answer == row.fields["answer"]


def test_clips_too_short_for_a_question_are_refused():
    with pytest.raises(DataError, match=r"video_questions got clip_seconds = 1; expected at least"):
        world("video_questions", clip_seconds=1.0)


def test_a_search_that_finds_nothing_says_so():
    with pytest.raises(DataError, match=r"No scene of 2000 fits .*row 4.*clip_seconds"):
        search(lambda key: world("sounds").plan(0), lambda plan: False, (0, 0, 14, 4))
