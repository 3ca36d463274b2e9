import json
import subprocess
import sys

import pytest
import torch
from audio_omni.core.errors import DataError, MediaError, RequestError
from audio_omni.core.media.audio import crop
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import PROMPT, REFERENCE_AUDIO
from audio_omni.core.source import Row
from audio_omni.core.task import media_fields
from audio_omni.tasks.editing.add import Add
from audio_omni.tasks.editing.extract import Extract
from audio_omni.tasks.editing.instruction_editing import InstructionEditing
from audio_omni.tasks.editing.remove import Remove
from audio_omni.tasks.editing.style_transfer import StyleTransfer
from audio_omni.tasks.plugin import register_tasks
from audio_omni.tasks.text_to_audio import TextToAudio
from audio_omni.tasks.text_to_music import TextToMusic
from audio_omni.tasks.text_to_speech import TextToSpeech
from audio_omni.tasks.video_to_audio import VideoToAudio
from audio_omni.tasks.video_to_music import VideoToMusic

GENERATION = [TextToAudio, TextToMusic]
DESCRIBED = [Add, Remove, Extract]
EDITS = [*DESCRIBED, StyleTransfer, InstructionEditing]
WATCHING = [VideoToAudio, VideoToMusic]
SPECS = {spec.name: spec for spec in register_tasks()}


def clip(seconds=0.5, rate=16000, level=0.1, conversions=()):
    return Waveform(torch.full((1, round(seconds * rate)), level), rate, conversions)


def edit_row(fields, source=None, target=None):
    source, target = source or clip(), target or clip(level=0.2)
    return Row("r7", fields, audio=lambda: target, media={"source_audio": lambda: source})


@pytest.mark.parametrize("task_class", [*GENERATION, *EDITS, *WATCHING, TextToSpeech])
def test_spec_and_class_agree(task_class):
    spec = SPECS[task_class.name]
    module, _, attribute = spec.factory.partition(":")
    assert (module, attribute) == (task_class.__module__, task_class.__name__)
    assert spec.request is task_class.request_model
    task = task_class()
    example = task.to_example(task.demo_request())
    assert set(example.payloads) == set(spec.fills)
    assert example.task == task_class.name
    assert example.target is None
    assert example.seconds == pytest.approx(1.0)


def test_aliases():
    aliases = [alias for spec in SPECS.values() for alias in spec.aliases]
    made = ["T2A", "T2M", "V2A", "V2M", "TTS", "VC"]
    assert aliases == [*made, "Add", "Remove", "Extract", "Style Transfer", "edit"]


def test_every_task_of_the_paper_is_there():
    """Sections 4.2, 5.1 and 5.3.3."""
    generation = {"text_to_audio", "text_to_music", "video_to_audio", "video_to_music"}
    speech = {"text_to_speech", "voice_conversion", "speech_editing"}
    edits = {"add", "remove", "extract", "style_transfer", "instruction_editing"}
    others = {"understanding", "in_context_generation"}
    assert set(SPECS) == generation | speech | edits | others


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_every_field_has_a_help_text(spec):
    assert all(field.description for field in spec.request.model_fields.values())
    takes = {
        "understanding": ("audio", "video"),
        "text_to_speech": ("voice_audio",),
        "voice_conversion": ("source_audio", "voice_audio"),
        "in_context_generation": ("reference_audio",),
        "video_to_audio": ("video",),
        "video_to_music": ("video",),
    }
    edits = ("source_audio",) if REFERENCE_AUDIO in spec.fills else ()
    assert media_fields(spec.request) == takes.get(spec.name, edits)


def test_specs_load_no_torch():
    code = (
        "import sys, json; from audio_omni.tasks.plugin import register_tasks; register_tasks();"
        "print(json.dumps('torch' in sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(result.stdout) is False


@pytest.mark.parametrize("task_class", GENERATION)
def test_caption_of_a_row_is_the_prompt_of_a_request(task_class):
    task = task_class()
    target = clip()
    row = Row("r1", {"caption": "rain", "duration_s": 2, "seconds": 9}, audio=lambda: target)
    from_row = task.to_example(row)
    from_user = task.to_example(task.parse_request({"prompt": "rain"}))
    assert from_row.payloads == from_user.payloads
    assert (from_row.id, from_row.target) == ("r1", target)
    assert from_row.payloads[PROMPT].text == "rain"
    assert from_row.payloads[PROMPT].system


def test_families_have_system_texts_of_their_own():
    systems = {
        name: task.to_example(task.demo_request()).payloads[PROMPT].system
        for name, task in [(c.name, c()) for c in [*GENERATION, *WATCHING, *EDITS]]
    }
    assert len(set(systems.values())) == 5
    assert systems["add"] == systems["instruction_editing"]
    assert systems["add"] == systems["style_transfer"]


def test_row_without_caption_is_named():
    with pytest.raises(DataError, match=r"Row 'r2'.*'text_to_audio'.*'caption'.*text"):
        TextToAudio().to_example(Row("r2", {"text": "rain"}))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"prompt": "  "}, "field 'prompt'.*is empty; expected words"),
        ({}, "field 'prompt' is required"),
        ({"prompt": "rain", "seconds": 0}, "field 'seconds'.*greater than 0"),
        ({"prompt": "rain", "second": 3}, "unknown field 'second'.*'seconds'"),
    ],
)
def test_bad_generation_requests(values, message):
    with pytest.raises(RequestError, match=message):
        TextToAudio().parse_request(values)


@pytest.mark.parametrize("task_class", DESCRIBED)
def test_edit_of_a_row_and_of_a_user_are_the_same(task_class):
    task, source = task_class(), clip(conversions=("resampled",))
    row = edit_row({"description": "a siren."}, source)
    from_row = task.to_example(row)
    request = task.parse_request({"source_audio": source, "description": "a siren."})
    from_user = task.to_example(request)
    assert from_row.payloads == from_user.payloads
    assert from_row.payloads[REFERENCE_AUDIO].waveform is source
    assert from_row.payloads[REFERENCE_AUDIO].role == "source"
    assert from_user.seconds == pytest.approx(0.5)
    assert from_row.payloads[PROMPT].text.endswith(": a siren.")
    assert "resampled" in from_row.conversions


def test_each_edit_says_something_else():
    texts = {
        task.to_example(edit_row({"description": "x"})).payloads[PROMPT].text
        for task in (Add(), Remove(), Extract())
    }
    assert len(texts) == 3


def test_own_wording_wins():
    row = edit_row({"description": "a siren", "instruction": "put in a siren, please"})
    assert Add().to_example(row).payloads[PROMPT].text == "put in a siren, please"


def test_style_transfer_names_both_categories():
    fields = {"source_category": "dog bark", "target_category": "bell"}
    text = StyleTransfer().to_example(edit_row(fields)).payloads[PROMPT].text
    assert "dog bark" in text
    assert "bell" in text


def test_style_transfer_into_itself_is_refused():
    values = {"source_audio": clip(), "source_category": "Bell", "target_category": "bell "}
    with pytest.raises(RequestError, match="both 'Bell'; expected two different"):
        StyleTransfer().parse_request(values)


@pytest.mark.parametrize(
    ("source", "message"),
    [("", "is empty; expected the path"), (3, "is a int; expected the path"), (None, "NoneType")],
)
def test_bad_sources(source, message):
    with pytest.raises(RequestError, match=f"field 'source_audio'.*{message}"):
        Add().parse_request({"source_audio": source, "description": "rain"})


def test_missing_file_is_named(tmp_path):
    request = Add().parse_request({"source_audio": tmp_path / "no.wav", "description": "rain"})
    with pytest.raises(MediaError, match=r"no\.wav"):
        Add().to_example(request)


def test_edit_has_no_length_of_its_own():
    with pytest.raises(RequestError, match="unknown field 'seconds'"):
        Add().parse_request({"source_audio": clip(), "description": "rain", "seconds": 3})


def test_row_without_a_source_is_named():
    with pytest.raises(DataError, match=r"Row 'r3'.*'source_audio' is required"):
        Add().to_example(Row("r3", {"description": "rain"}))


def test_source_and_target_of_unlike_length_are_refused():
    row = edit_row({"description": "rain"}, clip(0.5), clip(0.6))
    with pytest.raises(DataError, match=r"Row 'r7'.*0\.500 s.*0\.600 s.*equally long"):
        Remove().to_example(row)


@pytest.mark.parametrize("task_class", EDITS)
def test_a_target_that_equals_its_source_is_refused(task_class):
    fields = {"description": "rain", "instruction": "Take the rain out."}
    fields |= {"source_category": "rain", "target_category": "wind"}
    row = edit_row(fields, clip(), clip())
    with pytest.raises(DataError, match=rf"Row 'r7': its target equals.*'{task_class.name}'"):
        task_class().to_example(row)


def test_a_part_of_a_pair_may_lie_beside_its_edit():
    row = edit_row({"description": "rain"}, crop(clip(), 0, 4000), crop(clip(), 0, 4000))
    assert Remove().to_example(row).target is not None


def test_an_instruction_is_read_as_it_stands():
    words = " Make it sound like a rainy day… please? "
    task, source = InstructionEditing(), clip()
    asked = task.to_example(task.parse_request({"source_audio": source, "instruction": words}))
    assert asked.payloads[PROMPT].text == words.strip()
    learned = task.to_example(edit_row({"instruction": words, "description": "rain"}, source))
    assert learned.payloads == asked.payloads


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"instruction": " "}, "field 'instruction'.*is empty; expected words"),
        ({}, "field 'instruction' is required"),
        ({"instruction": "Add rain.", "description": "rain"}, "unknown field 'description'"),
    ],
)
def test_bad_instructions(values, message):
    with pytest.raises(RequestError, match=message):
        InstructionEditing().parse_request({"source_audio": clip(), **values})


def test_a_row_without_an_instruction_is_named():
    with pytest.raises(DataError, match=r"Row 'r7'.*'instruction' is required"):
        InstructionEditing().to_example(edit_row({"description": "rain"}))
