"""The contract kit finds what it promises: every broken part fails the test meant for it."""

import dataclasses
import importlib
import re
import sys
from pathlib import Path

import pytest
import torch
from audio_omni import Condition, Example, HiddenFrames, Measured, Prompt, Row, Waveform
from audio_omni.core.errors import ContractError, DataError
from audio_omni.plugins.testing import (
    ConditionerContract,
    MetricContract,
    TaskContract,
    difference,
)

SOURCE = Path(__file__).resolve().parents[3] / "plugins" / "template" / "src"


@pytest.fixture(scope="module")
def parts():
    """The example distribution's classes: sound ones, to be broken one by one."""
    sys.path.insert(0, str(SOURCE))
    yield importlib.import_module("audio_omni_loudness.parts")
    sys.path.remove(str(SOURCE))


def noise(scale):
    generator = torch.Generator().manual_seed(0)
    return Waveform(scale * torch.randn(1, 800, generator=generator), 16000)


def contract(base, name, broken, **members):
    """Return a contract whose implementation is a broken class."""
    namespace = {"plugin": "audio_omni_loudness", "name": name, "implementation": broken}
    return type("Broken", (base,), {**namespace, **members})()


def conditioner(broken):
    return contract(ConditionerContract, "loudness", broken, payloads=lambda self: [-20.0, -3.0])


def task(broken):
    row = Row(id="row-0", fields={"caption": "rain"}, audio=lambda: noise(0.1))
    return contract(TaskContract, "text_to_audio_at_level", broken, row=lambda self: row)


def metric(broken):
    clips = [Measured(noise(0.1 * gain), reference=noise(0.1)) for gain in (0.5, 2.0, 3.0, 0.2)]
    return contract(MetricContract, "level_error", broken, clips=lambda self: clips)


def test_a_wrong_width_is_found(parts):
    class Wide(parts.Loudness):
        def __init__(self, config, width):
            super().__init__(config, width + 1)

    with pytest.raises(ContractError, match=r"'loudness' .* tokens \(2, 1, 17\); expected"):
        conditioner(Wide).test_output_is_as_declared()


def test_a_null_condition_of_zeros_is_found(parts):
    class Zeros(parts.Loudness):
        def forward(self, features):
            zero = torch.zeros(len(features), 1, self.width)
            return Condition(zero, torch.ones(len(features), 1, dtype=torch.bool))

    with pytest.raises(AssertionError, match="it must be a learned one"):
        conditioner(Zeros).test_null_condition_is_learned()
    with pytest.raises(AssertionError, match="Two unlike payloads gave equal tokens"):
        conditioner(Zeros).test_payloads_make_a_difference()


def test_a_null_condition_that_looks_like_data_is_found(parts):
    class Default(parts.Loudness):
        def forward(self, features):
            return super().forward([-20.0 if x is None else x for x in features])

    with pytest.raises(AssertionError, match="equals the condition of a payload"):
        conditioner(Default).test_null_condition_differs_from_data()


def test_items_that_depend_on_the_batch_are_found(parts):
    class Centred(parts.Loudness):
        def forward(self, features):
            condition = super().forward(features)
            return Condition(condition.tokens - condition.tokens.mean(dim=0), condition.mask)

    with pytest.raises(AssertionError, match="forward depends on the batch"):
        conditioner(Centred).test_batch_of_two_equals_two_of_one()
    with pytest.raises(AssertionError, match="of a mixed batch"):
        conditioner(Centred).test_absent_and_given_mix()


def test_frozen_features_that_depend_on_the_batch_are_found(parts):
    class Centred(parts.Loudness):
        def encode_frozen(self, prepared):
            return [x - sum(prepared) / len(prepared) for x in prepared]

    with pytest.raises(AssertionError, match="encode_frozen depends on the batch"):
        conditioner(Centred).test_batch_of_two_equals_two_of_one()


def frozen(parts, **members):
    """Return a contract for a conditioner with a small frozen network, and some of it broken."""

    class Frozen(parts.Loudness):
        def __init__(self, config, width):
            super().__init__(config, width)
            self._network = (torch.nn.Linear(1, 8).requires_grad_(False),)

        def frozen_networks(self):
            return {"network": self._network[0]}

        def encode_frozen(self, prepared):
            return [x + self._network[0](torch.ones(1)).sum() for x in prepared]

    broken = type("Broken", (Frozen,), members)
    made = conditioner(broken)
    type(made).spec = dataclasses.replace(made.spec, frozen=True)
    return made


def test_a_sound_frozen_stage_passes(parts):
    sound = frozen(parts)
    sound.test_frozen_weights_are_declared()
    sound.test_frozen_digest_knows_every_weight()
    sound.test_features_are_the_same_from_the_cache()


def test_a_digest_of_some_weights_is_found(parts):
    def weight_only(self):
        return str(self._network[0].weight.tolist())

    with pytest.raises(AssertionError, match="does not notice a change of 'bias'"):
        frozen(parts, frozen_digest=weight_only).test_frozen_digest_knows_every_weight()


def test_an_undeclared_frozen_network_is_found(parts):
    sound = frozen(parts)
    type(sound).spec = dataclasses.replace(sound.spec, frozen=False)
    with pytest.raises(AssertionError, match="its spec must say frozen=True"):
        sound.test_frozen_weights_are_declared()


def test_features_and_payloads_that_no_cache_can_keep_are_found(parts):
    def sets(self, prepared):
        return [{float(x)} for x in prepared]

    odd = frozen(parts, encode_frozen=sets)
    with pytest.raises(DataError, match="cannot cache set"):
        odd.test_features_are_the_same_from_the_cache()
    alike = frozen(parts, prepare=lambda self, payload: torch.tensor(0.0))
    with pytest.raises(AssertionError, match="prepared to one content"):
        alike.test_features_are_the_same_from_the_cache()
    unknown = frozen(parts, prepare=lambda self, payload: object())
    with pytest.raises(ContractError, match="Cannot tell what a object holds"):
        unknown.test_features_are_the_same_from_the_cache()


def test_chance_in_evaluation_is_found(parts):
    class Noisy(parts.Loudness):
        def forward(self, features):
            condition = super().forward(features)
            return Condition(torch.dropout(condition.tokens, 0.5, True), condition.mask)

    with pytest.raises(AssertionError, match="Two equal builds disagree"):
        conditioner(Noisy).test_deterministic()


def test_a_prepare_with_side_effects_is_found(parts):
    class Drawing(parts.Loudness):
        def prepare(self, payload):
            torch.rand(1)
            return payload

    class Counting(parts.Loudness):
        calls = 0

        def prepare(self, payload):
            self.calls += 1
            return payload + self.calls

    with pytest.raises(AssertionError, match="global random generator"):
        conditioner(Drawing).test_prepare_is_pure_and_picklable()
    with pytest.raises(AssertionError, match="two results for one payload"):
        conditioner(Counting).test_prepare_is_pure_and_picklable()


def test_weights_outside_of_the_state_are_found(parts):
    class Hidden(parts.Loudness):
        def __init__(self, config, width):
            super().__init__(config, width)
            del self.weights
            self.weights = torch.randn(3, width, requires_grad=True)

    with pytest.raises(AssertionError, match="Weights do not survive a reload"):
        conditioner(Hidden).test_state_dict_round_trip()


def test_traces_of_training_are_found(parts):
    class Drifting(parts.Loudness):
        drift = 0.0

        def forward(self, features):
            self.drift += float(self.training)
            condition = super().forward(features)
            return Condition(condition.tokens + self.drift, condition.mask)

    with pytest.raises(AssertionError, match=r"eval\(\) after train\(\) differs"):
        conditioner(Drifting).test_trains_and_returns_to_evaluation()


def hiding(parts, *, hides=True, outside=False, of=len):
    """Return a conditioner that hides one of two frames of each payload, and tells so."""

    class Hiding(parts.Loudness):
        def forward(self, features):
            frames = torch.arange(2) < of(features)
            told = tuple(None if x is None else HiddenFrames(frames, 16000, 256) for x in features)
            condition = super().forward(features)
            return dataclasses.replace(condition, hidden=told if self.training or outside else None)

    Hiding.hides = hides
    return conditioner(Hiding)


def test_what_is_hidden_but_not_told_is_found(parts):
    hiding(parts, of=lambda features: 1).test_what_is_hidden_is_told_in_training_alone()
    with pytest.raises(AssertionError, match=r"`hides` is False, but .* in training is tuple"):
        hiding(parts, hides=False).test_what_is_hidden_is_told_in_training_alone()
    with pytest.raises(AssertionError, match="told to be hidden by chance outside of training"):
        hiding(parts, outside=True).test_what_is_hidden_is_told_in_training_alone()
    with pytest.raises(AssertionError, match="What is hidden depends on the batch: hidden of item"):
        hiding(parts).test_what_is_hidden_is_told_in_training_alone()

    class Silent(parts.Loudness):
        hides = True

    with pytest.raises(AssertionError, match=r"`hides` is True, but .* in training is NoneType"):
        conditioner(Silent).test_what_is_hidden_is_told_in_training_alone()


def test_padding_before_low_level_tokens_is_found(parts):
    class Padded(parts.Loudness):
        def forward(self, features):
            tokens = super().forward(features).tokens.repeat(1, 2, 1)
            mask = torch.tensor([[False, True]]).repeat(len(features), 1)
            return Condition(tokens, mask)

    with pytest.raises(AssertionError, match="must come first"):
        conditioner(Padded).test_output_is_as_declared()


def test_a_heavy_registration_is_found(tmp_path, monkeypatch):
    (tmp_path / "heavy_plugin.py").write_text("import torch\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    heavy = contract(ConditionerContract, "loudness", None, plugin="heavy_plugin")
    with pytest.raises(AssertionError, match="Registering heavy_plugin imports torch"):
        heavy.test_registration_imports_nothing_heavy()


def test_a_plugin_that_does_not_load_is_found():
    absent = contract(ConditionerContract, "loudness", None, plugin="absent_plugin")
    with pytest.raises(AssertionError, match="No module named 'absent_plugin'"):
        absent.test_plugin_loads()


def test_undeclared_and_unfilled_slots_are_found(parts):
    class Filling(parts.TextToAudioAtLevel):
        def build_example(self, request):
            slots = {"prompt": Prompt(request.prompt), "transcript": "hello"}
            return Example(task=self.name, seconds=None, payloads=slots)

    with pytest.raises(AssertionError, match=r"fill \['prompt', 'transcript'\].*loudness_dbfs"):
        task(Filling).test_slots_filled_are_declared()


def test_rows_that_drift_from_requests_are_found(parts):
    class Drifting(parts.TextToAudioAtLevel):
        def to_example(self, item):
            example = super().to_example(item)
            if isinstance(item, Row):
                example.payloads["prompt"] = Prompt("shortcut")
            return example

    with pytest.raises(AssertionError, match=r"payloads\.prompt\.text: 'shortcut' against 'rain'"):
        task(Drifting).test_row_and_request_give_the_same_example()


def test_a_metric_that_prefers_the_wrong_way_is_found(parts):
    class Upside(parts.LevelError):
        def score(self, clip):
            return -super().score(clip)

    with pytest.raises(AssertionError, match="Perfect clips score"):
        metric(Upside).test_identity_is_finite_and_best()


def test_a_metric_that_forgets_states_in_a_merge_is_found(parts):
    class Forgetful(parts.LevelError):
        def merge_state(self, incoming_state):
            pass

    with pytest.raises(AssertionError, match="Merged halves differ"):
        metric(Forgetful).test_merge_of_halves_equals_whole()


def test_a_fingerprint_that_counts_clips_is_found(parts):
    class Counting(parts.LevelError):
        def fingerprint(self):
            return {**super().fingerprint(), "clips": len(self.values)}

    with pytest.raises(AssertionError, match="fingerprint changes with the clips"):
        metric(Counting).test_fingerprint_is_json_and_stable()


def test_a_metric_of_another_unit_is_found(parts):
    class Other(parts.LevelError):
        unit = "1"

    with pytest.raises(AssertionError, match="unit is '1'; the spec differs"):
        metric(Other).test_class_agrees_with_spec()


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [
        ({"a": [1, 2]}, {"a": [1, 3]}, r"value\.a\.1: 2 against 3"),
        ({"a": 1}, {"b": 1}, r"\['a'\] against \['b'\]"),
        (torch.zeros(2), torch.zeros(3), r"\(2,\) of torch.float32 against \(3,\)"),
        (torch.zeros(2), torch.ones(2), "differs by up to 1"),
        (torch.tensor([1]), torch.tensor([2]), "unequal values"),
        (1, "1", "int against str"),
        (Prompt("a"), Prompt("b"), r"value\.text: 'a' against 'b'"),
        (0.1, 0.2, "0.1 against 0.2"),
    ],
)
def test_differences_are_told(first, second, where):
    assert re.search(where, difference(first, second))
    assert difference(first, first) == ""
