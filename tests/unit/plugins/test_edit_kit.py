"""The kit of edit providers finds what it promises, kind by kind."""

from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
from audio_omni.core.config import Config
from audio_omni.plugins.audioedit.providers.contract import (
    Activity,
    Editor,
    Judge,
    Labeler,
    Labels,
    Locator,
    Scorer,
    Separator,
    StyleWriter,
    Warper,
)
from audio_omni.plugins.audioedit.providers.table_style_words import TableStyleWords
from audio_omni.plugins.testing import EditProviderContract
from audio_omni.plugins.testing.edit_provider_kinds import CHECKS

LICENCE = "Nobody's: https://example.org/licence"


class Options(Config):
    size: int = 1


def contract(broken, kind="style_writer", **members):
    """Return a contract whose implementation is a class of a kind."""
    namespace = {
        "plugin": "audio_omni.plugins.audioedit.plugin",
        "name": "mine",
        "implementation": broken,
        "spec": SimpleNamespace(name="mine", config=Options, provides=kind),
        "other_options": {"size": 2},
    }
    return type("Broken", (EditProviderContract,), {**namespace, **members})()


class Sound(StyleWriter):
    """A writer that keeps its contract, to be broken."""

    config = Options
    licence: ClassVar = LICENCE

    def suggest(self, label, count, avoid, seed):
        return ()


def checked(provider, kind):
    CHECKS[kind](provider(Options()), 16000, {})


def test_a_sound_provider_passes(tmp_path):
    sound = contract(Sound)
    sound.test_keeps_the_contract_of_its_kind()
    sound.test_says_its_licence()
    sound.test_says_what_it_needs()
    sound.test_fingerprint_follows_the_options()
    sound.test_does_its_work(tmp_path)


def test_a_class_of_another_kind_is_found():
    with pytest.raises(AssertionError, match="is no Warper"):
        contract(Sound, "warper").test_keeps_the_contract_of_its_kind()


@pytest.mark.parametrize("text", ["", "MIT", "free for all"])
def test_a_licence_without_a_link_is_found(text):
    broken = type("Unlicensed", (Sound,), {"licence": text})
    with pytest.raises(AssertionError, match="with a link"):
        contract(broken).test_says_its_licence()


def test_needs_that_are_one_text_are_found():
    broken = type("Needy", (Sound,), {"needs": "gpu"})
    with pytest.raises(AssertionError, match="tuple of texts"):
        contract(broken).test_says_what_it_needs()


def test_a_fingerprint_that_ignores_options_or_drifts_is_found():
    marks = iter(range(9))
    blind = type("Blind", (Sound,), {"fingerprint": lambda self: "same"})
    drifting = type("Drifting", (Sound,), {"fingerprint": lambda self: f"{next(marks)}"})
    with pytest.raises(AssertionError, match="changes no fingerprint"):
        contract(blind).test_fingerprint_follows_the_options()
    with pytest.raises(AssertionError, match="differ in their fingerprints"):
        contract(drifting).test_fingerprint_follows_the_options()


def test_a_contract_without_other_options_is_found():
    with pytest.raises(AssertionError, match="set other_options"):
        contract(Sound, other_options={}).test_fingerprint_follows_the_options()


def test_work_that_cannot_be_tried_is_skipped_with_its_reason(tmp_path):
    with pytest.raises(pytest.skip.Exception, match="no such machine"):
        contract(Sound, cannot_run="no such machine").test_does_its_work(tmp_path)


def test_a_labeler_that_answers_something_else_or_otherwise_is_found():
    class Mute(Labeler):
        def label(self, clip):
            return None

    class Fickle(Labeler):
        said = 0

        def label(self, clip):
            self.said += 1
            return Labels(scene=f"scene {self.said}")

    with pytest.raises(AssertionError, match="returned None"):
        checked(Mute, "labeler")
    with pytest.raises(AssertionError, match="then"):
        checked(Fickle, "labeler")


def test_a_separator_whose_items_depend_on_the_batch_is_found():
    class Batchy(Separator):
        def separate(self, clips, phrases, spans, seeds):
            return [(c.samples * np.float32(len(clips)), c.samples) for c in clips]

    class Short(Separator):
        def separate(self, clips, phrases, spans, seeds):
            return [(c.samples[1:], c.samples) for c in clips]

    with pytest.raises(AssertionError, match="itself in a batch"):
        checked(Batchy, "separator")
    with pytest.raises(AssertionError, match="The target is"):
        checked(Short, "separator")


class Finder(Locator):
    """A locator that keeps its contract, to be broken."""

    def locate(self, clips, phrases):
        return [((0.5, 1.0),) for _ in clips]

    def weights_sha256(self):
        return "0" * 64


def test_a_locator_that_leaves_the_clip_or_depends_on_the_batch_is_found():
    class Outside(Finder):
        def locate(self, clips, phrases):
            return [((0.5, 9.0),) for _ in clips]

    class Batchy(Finder):
        def locate(self, clips, phrases):
            return [((0.0, 0.1 * len(clips)),) for _ in clips]

    class Nameless(Finder):
        def weights_sha256(self):
            return "?"

    checked(Finder, "locator")
    with pytest.raises(AssertionError, match="do not rise within the clip"):
        checked(Outside, "locator")
    with pytest.raises(AssertionError, match="An item alone is at"):
        checked(Batchy, "locator")
    with pytest.raises(AssertionError, match="Weights' hash"):
        checked(Nameless, "locator")


def test_activity_in_silence_is_found():
    class Always(Activity):
        def spans(self, samples, sample_rate_hz):
            return ((0.0, 1.0),)

    class Backwards(Activity):
        def spans(self, samples, sample_rate_hz):
            return ((1.0, 0.5),)

    with pytest.raises(AssertionError, match="Silence is active"):
        checked(Always, "activity")
    with pytest.raises(AssertionError, match="do not rise"):
        checked(Backwards, "activity")


def test_vectors_that_are_no_unit_vectors_are_found():
    class Long(Scorer):
        def embed_audio(self, clips, sample_rate_hz):
            return np.full((len(clips), 4), 0.6)

        def embed_text(self, texts):
            return np.full((len(texts), 4), 0.5)

        def weights_sha256(self):
            return "0" * 64

    with pytest.raises(AssertionError, match="away from 1"):
        checked(Long, "scorer")


def test_words_that_were_to_be_avoided_are_found():
    class Careless(TableStyleWords):
        def suggest(self, label, count, avoid, seed):
            return super().suggest("cow mooing", 99, (), seed)

    provider = Careless(TableStyleWords.config())
    with pytest.raises(AssertionError, match="Asked for 4"):
        CHECKS["style_writer"](provider, 16000, {})


def test_an_edit_that_spoils_the_inversion_or_its_length_is_found():
    class Spoils(Editor):
        def invert(self, clip, source_text, seed):
            return clip.samples.copy()

        def apply(self, inverted, target_text, strength):
            inverted *= 0.5
            return inverted.copy()

        def strengths(self):
            return (0.5,)

    class Falls(Spoils):
        def strengths(self):
            return (0.9, 0.5)

    class Sound(Spoils):
        def apply(self, inverted, target_text, strength):
            return inverted * np.float32(strength)

    class Mixes(Sound):
        def apply_many(self, inverted, target_texts, strength):
            gain = np.float32(len("".join(target_texts)))
            return [gain * inverted for _ in target_texts]

    class Lacks(Sound):
        def apply_many(self, inverted, target_texts, strength):
            return [inverted]

    checked(Sound, "editor")
    with pytest.raises(AssertionError, match="for what is edited beside it"):
        checked(Mixes, "editor")
    with pytest.raises(AssertionError, match="gave 1 edits for 2 texts"):
        checked(Lacks, "editor")
    with pytest.raises(AssertionError, match="spoils the inversion"):
        checked(Spoils, "editor")
    with pytest.raises(AssertionError, match="do not rise"):
        checked(Falls, "editor")


def test_a_warper_of_another_length_or_that_changes_its_input_is_found():
    class Lazy(Warper):
        def warp(self, samples, sample_rate_hz, semitones, length):
            return samples

    class Rude(Warper):
        def warp(self, samples, sample_rate_hz, semitones, length):
            samples[:] = 0
            return np.zeros(length, np.float32)

    with pytest.raises(AssertionError, match="samples, got"):
        checked(Lazy, "warper")
    with pytest.raises(AssertionError, match="was changed"):
        checked(Rude, "warper")


class Fair(Judge):
    """A judge that keeps its contract, to be broken."""

    axes: ClassVar = {"overall": "all of it is good"}

    def judge(self, mixes, parts, phrases):
        return [{"overall": float(len(phrase))} for phrase in phrases]

    def weights_sha256(self):
        return "0" * 64


def test_a_judge_that_keeps_its_contract_passes():
    checked(Fair, "judge")


def test_scores_that_are_no_numbers_are_found():
    class Unsure(Fair):
        def judge(self, mixes, parts, phrases):
            return [{"overall": float("nan")} for _ in phrases]

    with pytest.raises(AssertionError, match="Scores are"):
        checked(Unsure, "judge")


def test_scores_of_other_axes_or_of_the_batch_are_found():
    class Silent(Fair):
        axes: ClassVar = {}

    class Other(Fair):
        axes: ClassVar = {"recall": "all of it is there"}

    class Batchy(Fair):
        def judge(self, mixes, parts, phrases):
            return [{"overall": float(len(phrases))} for _ in phrases]

    class Unweighed(Fair):
        def weights_sha256(self):
            return "none"

    for broken, said in [
        (Silent, "axes is empty"),
        (Other, r"Scores are of \['overall'\]; axes say \['recall'\]"),
        (Batchy, "itself in a batch"),
        (Unweighed, "Weights' hash"),
    ]:
        with pytest.raises(AssertionError, match=said):
            checked(broken, "judge")
