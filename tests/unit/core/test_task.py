import pytest
import torch
from audio_omni import Example, Prompt, Request, Row, Task, Waveform
from audio_omni.core.errors import DataError, RequestError
from audio_omni.core.task import AudioInput, media_fields
from pydantic import Field


class HumRequest(Request):
    prompt: str = Field(description="What to hum.")
    source_audio: AudioInput = Field(default=None, description="A clip to follow.")


class Hum(Task[HumRequest]):
    name = "hum"
    request_model = HumRequest

    def build_example(self, request):
        return Example("hum", request.seconds, {"prompt": Prompt(request.prompt)})

    def demo_request(self):
        return HumRequest(prompt="a tune")


CLIP = Waveform(torch.zeros(1, 8), 8000)


def test_a_row_and_the_request_it_stands_for_give_the_same_payloads():
    row = Row("r1", {"prompt": "a tune", "unrelated": 3}, audio=lambda: CLIP)
    from_row, from_request = Hum().to_example(row), Hum().to_example(HumRequest(prompt="a tune"))
    assert from_row.payloads == from_request.payloads
    assert (from_row.id, from_row.target) == ("r1", CLIP)
    assert (from_request.id, from_request.target) == (None, None)


def test_a_rows_media_fill_the_request():
    row = Row("r1", {"prompt": "a"}, media={"source_audio": lambda: CLIP})
    assert Hum().request_from_row(row).source_audio is CLIP


def test_a_row_that_lacks_a_field_is_named():
    with pytest.raises(DataError, match=r"Row 'r9' does not fit task 'hum': field 'prompt'"):
        Hum().to_example(Row("r9", {}))


def test_a_request_with_a_misspelt_field():
    with pytest.raises(RequestError, match=r"Request for 'hum'.*Did you mean 'prompt'"):
        Hum().parse_request({"prompd": "x"})


def test_audio_fields_are_found():
    assert media_fields(HumRequest, "audio") == ("source_audio",)
