import pytest
import torch
from audio_omni.conditioners.mllm.conditioner import MllmConditioner
from audio_omni.conditioners.mllm.config import MllmConfig
from audio_omni.conditioners.mllm.joining import IGNORED, join_inputs
from audio_omni.conditioners.mllm.learning import IN_STEP
from audio_omni.conditioners.mllm.question import question_inputs
from audio_omni.core.answering import LearnsAnswers
from audio_omni.core.errors import RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import Prompt
from hypothesis import given, settings
from hypothesis import strategies as st


def build(**local):
    return MllmConditioner(MllmConfig(local={"width": 32, "audio_mels": 16, **local}), 24)


def clip(seconds, seed=0):
    noise = torch.randn(1, round(16000 * seconds), generator=torch.Generator().manual_seed(seed))
    return Waveform(0.1 * noise, 16000)


def frames(count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, 56, 56), generator=generator, dtype=torch.uint8)


LESSONS = (
    (Prompt("How many?", "Listen.", audio=clip(1.0)), "two"),
    (Prompt("Ein Hund bellt."), "A dog barks, over rain."),
    (Prompt("What moves?", video=frames(4), video_fps=4.0), "ball"),
    (Prompt("Which?", audio=clip(0.4, 1), video=frames(6, 1), video_fps=4.0), "a bell"),
    (Prompt("Both?", audio=clip(1.0), video=frames(4), video_fps=4.0, audio_of_video=True), "yes"),
    (Prompt("How many here, would you say?", audio=clip(0.5, 2)), "three"),
)


@pytest.fixture(scope="module")
def mllm():
    return build()


@pytest.fixture(scope="module")
def lessons(mllm):
    return [mllm.prepare_answer(*lesson) for lesson in LESSONS]


@pytest.mark.parametrize(("prompt", "answer"), LESSONS)
def test_a_lesson_is_the_conversation_that_an_answer_goes_on_from(mllm, prompt, answer):
    assert isinstance(mllm, LearnsAnswers)
    lesson = mllm.prepare_answer(prompt, answer)
    asked = question_inputs(mllm.thinker, prompt, mllm.config)["input_ids"]
    count = asked.shape[1]
    assert torch.equal(lesson["input_ids"][:, :count], asked)
    assert bool((lesson["labels"][:, :count] == IGNORED).all())
    said = lesson["labels"][0, count:]
    assert torch.equal(said, lesson["input_ids"][0, count:])
    assert mllm.thinker.processor.tokenizer.decode(said) == f"{answer}<|im_end|>"


def test_a_loss_is_the_likelihood_of_the_answer_and_of_nothing_else(mllm):
    prompt, answer = LESSONS[0]
    model, tokenizer = mllm.thinker.model, mllm.thinker.processor.tokenizer
    inputs = question_inputs(mllm.thinker, prompt, mllm.config)  # padded to the longest clip
    ids = inputs["input_ids"]
    expected = []
    for token in tokenizer(f"{answer}<|im_end|>")["input_ids"]:
        mask = torch.ones_like(ids)
        with torch.no_grad():
            logits = model(**{**inputs, "input_ids": ids, "attention_mask": mask}).logits[0, -1]
        expected.append(-logits.log_softmax(-1)[token])
        ids = torch.cat([ids, torch.tensor([[token]])], dim=1)
    loss = mllm.answer_losses([mllm.prepare_answer(prompt, answer)])
    torch.testing.assert_close(loss[0].detach(), torch.stack(expected).sum(), atol=1e-4, rtol=0)


def test_each_loss_is_the_same_alone_and_in_a_mixed_batch(mllm, lessons):
    together = mllm.answer_losses(lessons)
    alone = torch.cat([mllm.answer_losses([lesson]) for lesson in lessons])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
    backwards = mllm.answer_losses(lessons[::-1])
    torch.testing.assert_close(backwards.flip(0), alone, atol=1e-5, rtol=0)
    assert len(set(alone.tolist())) == len(lessons)


def test_mel_features_end_with_the_clip(lessons):
    lengths = [
        lesson["input_features"].shape[-1] for lesson in lessons if "input_features" in lesson
    ]
    assert lengths == [100, 40, 100, 50]


def test_all_of_the_thinker_learns(lessons):
    mllm = build()
    network = mllm.answering_network().requires_grad_(True)
    mllm.answer_losses(lessons).mean().backward()
    for part in ("audio_tower", "visual", "language_model"):
        grads = [
            p.grad
            for n, p in network.named_parameters()
            if f".{part}.layers." in n or f".{part}.blocks." in n
        ]
        assert grads
        assert all(g is not None and float(g.abs().sum()) > 0 for g in grads), part


def test_what_is_learned_is_answered():
    """Trained on four questions until each is right, it says the answers, and only then."""
    mllm = build(drawn_for="training")
    chosen = [LESSONS[i] for i in (0, 1, 2, 5)]
    lessons = [mllm.prepare_answer(*lesson) for lesson in chosen]
    network = mllm.answering_network().requires_grad_(True)
    assert not bool(mllm.answers_match(lessons).any())
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        mllm.answer_losses(lessons).mean().backward()
        optimizer.step()
    assert mllm.answers_match(lessons).tolist() == [True] * 4
    said = ["".join(mllm.answer(prompt, max_new_tokens=20)) for prompt, _ in chosen]
    assert said == [answer for _, answer in chosen]
    other = [mllm.prepare_answer(prompt, f"{answer} not") for prompt, answer in chosen]
    assert not bool(mllm.answers_match(other).any())


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 7), st.integers(0, 3)), min_size=1, max_size=5
    )
)
def test_joining_pads_on_the_right_and_loses_nothing(shapes):
    items = []
    for tokens, heard, seen in shapes:
        ids = torch.arange(1, tokens + 1)[None]
        item = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": ids}
        if heard:
            item["input_features"] = torch.rand(1, 2, heard)
            item["feature_attention_mask"] = torch.ones(1, heard, dtype=torch.long)
        if seen:
            item["pixel_values_videos"] = torch.rand(seen, 5)
            item["video_grid_thw"] = torch.tensor([[1, 1, seen]])
        items.append(item)
    joined = join_inputs(items, pad_id=0)
    longest = max(tokens for tokens, _, _ in shapes)
    assert joined["input_ids"].shape == (len(items), longest)
    for row, (tokens, _, _) in enumerate(shapes):
        assert joined["attention_mask"][row].tolist() == [1] * tokens + [0] * (longest - tokens)
        assert joined["labels"][row, tokens:].eq(IGNORED).all()
        assert joined["input_ids"][row, :tokens].tolist() == list(range(1, tokens + 1))
    heard = [item for item in items if "input_features" in item]
    assert ("input_features" in joined) == bool(heard)
    for row, item in enumerate(heard):
        kept = joined["feature_attention_mask"][row].bool()
        assert torch.equal(joined["input_features"][row][:, kept], item["input_features"][0])
    patches = [item["pixel_values_videos"] for item in items if "pixel_values_videos" in item]
    if patches:
        assert torch.equal(joined["pixel_values_videos"], torch.cat(patches))


def test_sound_in_step_with_its_picture_is_marked(lessons):
    assert [bool(lesson[IN_STEP]) for lesson in lessons] == [False] * 4 + [True, False]


@pytest.mark.parametrize("answer", ["", "  ", "two<|im_end|>"])
def test_an_answer_that_cannot_be_learned_is_refused(mllm, answer):
    with pytest.raises(RequestError, match="expected plain words to learn"):
        mllm.prepare_answer(Prompt("How many?"), answer)


@pytest.mark.parametrize(("hop_ms", "tokens"), [(10, 25), (25, 10)])
def test_a_longer_hop_makes_fewer_tokens_of_a_second(hop_ms, tokens):
    mllm = build(audio_hop_ms=hop_ms)
    heard, silent = (mllm.token_count(Prompt("what", audio=a)) for a in (clip(1.0), None))
    assert heard - silent == tokens + 2  # and its two marks
    in_step = Prompt("Both?", audio=clip(3.0), video=frames(12), video_fps=4.0, audio_of_video=True)
    assert torch.isfinite(mllm.answer_losses([mllm.prepare_answer(in_step, "yes")])).all()
