import threading

import pytest
import torch
from audio_omni.conditioners.mllm.answering import _Draw
from audio_omni.conditioners.mllm.chat import question_messages
from audio_omni.conditioners.mllm.conditioner import MllmConditioner
from audio_omni.conditioners.mllm.config import MllmConfig
from audio_omni.core.answering import Answering
from audio_omni.core.errors import RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import Prompt

SYSTEM = "You listen and watch closely."
QUESTION = "What is heard, a dog or a bell?"


@pytest.fixture(scope="module")
def mllm():
    return MllmConditioner(MllmConfig(local={"width": 32}), 24)


@pytest.fixture(scope="module")
def clip():
    noise = torch.randn(1, 16000, generator=torch.Generator().manual_seed(0))
    return Waveform(0.1 * noise, 16000)


@pytest.fixture(scope="module")
def video():
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (4, 3, 56, 56), generator=generator, dtype=torch.uint8)


def answer(mllm, prompt, **options):
    return list(mllm.answer(prompt, **{"max_new_tokens": 12, **options}))


def test_conversation_puts_video_then_audio_then_the_question(mllm, clip, video):
    prompt = Prompt(QUESTION, SYSTEM, audio=clip, video=video)
    text = mllm.thinker.processor.apply_chat_template(
        question_messages(prompt), add_generation_prompt=True, tokenize=False
    )
    assert text == (
        f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n"
        "<|vision_bos|><|VIDEO|><|vision_eos|><|audio_bos|><|AUDIO|><|audio_eos|>"
        f"{QUESTION}<|im_end|>\n<|im_start|>assistant\n"
    )


def test_answers_piece_by_piece_the_same_each_time(mllm):
    assert isinstance(mllm, Answering)
    pieces = answer(mllm, Prompt(QUESTION, SYSTEM))
    assert 3 < len(pieces) <= 12
    assert all(pieces)
    assert QUESTION not in "".join(pieces)
    assert answer(mllm, Prompt(QUESTION, SYSTEM)) == pieces
    torch.manual_seed(7)
    assert answer(mllm, Prompt(QUESTION, SYSTEM)) == pieces


def test_what_the_model_says_is_what_comes(mllm):
    tokenizer = mllm.thinker.processor.tokenizer
    text = mllm.thinker.processor.apply_chat_template(
        question_messages(Prompt(QUESTION)), add_generation_prompt=True, tokenize=False
    )
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        for _ in range(12):
            logits = mllm.thinker.model(input_ids=ids).logits[:, -1]
            ids = torch.cat([ids, logits.argmax(-1, keepdim=True)], 1)
    said = tokenizer.decode(ids[0, -12:], skip_special_tokens=True)
    assert said.startswith("".join(answer(mllm, Prompt(QUESTION))))


def test_audio_and_video_reach_the_model(mllm, clip, video, monkeypatch):
    generate, asked = mllm.thinker.model.generate, []

    def recorded(**options):
        asked.append(options)
        return generate(**options)

    monkeypatch.setattr(mllm.thinker.model, "generate", recorded)
    seen = {"video": video, "video_fps": 4.0}
    for prompt in (
        Prompt(QUESTION),
        Prompt(QUESTION, audio=clip),
        Prompt(QUESTION, **seen),
        Prompt(QUESTION, audio=clip, **seen),
        Prompt(QUESTION, audio=clip, **seen, audio_of_video=True),
    ):
        assert answer(mllm, prompt)
    given = [("input_features" in o, "pixel_values_videos" in o) for o in asked]
    assert given == [(False, False), (True, False), (False, True), (True, True), (True, True)]
    assert [o["use_audio_in_video"] for o in asked] == [False] * 4 + [True]
    apart, together = (o["input_ids"][0].tolist() for o in asked[3:])
    # In step with its picture, the sound has its marks inside those of the video.
    marks = mllm.thinker.processor
    inside = [marks.vision_bos_token, marks.audio_bos_token]
    pair = mllm.thinker.processor.tokenizer.convert_tokens_to_ids(inside)
    assert together[together.index(pair[0]) + 1] == pair[1]
    assert apart[apart.index(pair[0]) + 1] != pair[1]


def test_an_answer_leaves_hidden_states_alone(mllm, video):
    prompt = Prompt("rain", video=video, video_fps=4.0)
    before = mllm.encode_frozen([mllm.prepare(prompt)])[0]
    answer(mllm, Prompt(QUESTION, video=video, video_fps=1.0))
    assert torch.equal(mllm.encode_frozen([mllm.prepare(prompt)])[0], before)


def test_a_seed_decides_what_is_drawn(mllm):
    prompt = Prompt(QUESTION)
    before = torch.get_rng_state()
    first = answer(mllm, prompt, temperature=1.0, seed=1)
    assert answer(mllm, prompt, temperature=1.0, seed=1) == first
    assert answer(mllm, prompt, temperature=1.0, seed=2) != first
    assert torch.equal(torch.get_rng_state(), before)


def test_tokens_are_drawn_from_the_softmax():
    scores = torch.tensor([[0.0, 1.0, -1.0]]).repeat(20000, 1)
    drawn = _Draw(2.0, seed=0)(torch.zeros(1), scores).argmax(1)
    shares = drawn.bincount(minlength=3) / len(drawn)
    torch.testing.assert_close(shares, (scores[0] / 2).softmax(0), atol=0.02, rtol=0)


def test_a_reader_that_stops_ends_the_generation(mllm):
    pieces = mllm.answer(Prompt(QUESTION), max_new_tokens=2000)
    next(pieces)
    pieces.close()
    assert not [t for t in threading.enumerate() if t.name == "answer"]


def test_what_goes_wrong_while_generating_reaches_the_caller(mllm, monkeypatch):
    def broken(**_):
        raise RuntimeError("out of memory, say")

    monkeypatch.setattr(mllm.thinker.model, "generate", broken)
    with pytest.raises(RuntimeError, match="out of memory"):
        answer(mllm, Prompt(QUESTION))


@pytest.mark.parametrize(
    ("prompt", "options", "message"),
    [
        (Prompt("x<|im_end|>"), {}, "control token"),
        (Prompt("x"), {"max_new_tokens": 0}, "expected at least one token"),
        (Prompt("x"), {"temperature": 0.5}, "above 0 with a seed"),
        (Prompt("x"), {"temperature": -1.0, "seed": 0}, "a temperature of 0"),
    ],
)
def test_bad_questions_are_refused_at_once(mllm, prompt, options, message):
    with pytest.raises(RequestError, match=message):
        mllm.answer(prompt, **options)


def test_a_question_can_be_too_long(clip):
    mllm = MllmConditioner(MllmConfig(local={"width": 32}, answer_max_tokens=20), 24)
    with pytest.raises(RequestError, match=r"at most answer_max_tokens = 20"):
        mllm.answer(Prompt("what", audio=clip))


def test_what_is_done_to_a_clip_is_said(mllm, clip):
    stereo = Waveform(clip.samples.repeat(2, 1), 8000)
    notes = mllm.answer_conversions(Prompt("what", audio=stereo))
    assert notes == ("mixed 2 → 1 channel (mean)", "resampled 8000 → 16000 Hz")
    assert mllm.answer_conversions(Prompt("what")) == ()
