import pickle

import pytest
import torch
from audio_omni.conditioners.transcript.conditioner import TranscriptConditioner
from audio_omni.conditioners.transcript.config import TranscriptConfig
from audio_omni.conditioners.transcript.plugin import register_conditioners
from audio_omni.conditioners.transcript.vocabulary import character_vocabulary
from audio_omni.core.conditioning import check_condition
from audio_omni.core.errors import CheckpointError, ConfigError, ContractError, RequestError
from audio_omni.core.payloads import TRANSCRIPT, Transcript
from audio_omni.core.specs import Injection
from pydantic import ValidationError

WIDTH = 12
SIZES = {"text_width": 16, "blocks": 2, "positions": 30, "tokens": 6}


def build(**options):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        built = TranscriptConditioner(TranscriptConfig(**(SIZES | options)), WIDTH)
        for parameter in built.parameters():
            torch.nn.init.normal_(parameter, std=0.5)  # also what starts at zero
    return built.eval()


def features(conditioner, *texts):
    return [None if text is None else conditioner.prepare(Transcript(text)) for text in texts]


def rms(tokens):
    return tokens.square().mean(-1).sqrt()


@pytest.fixture
def vocabulary_file(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text(" \na\nb\nni2\n", encoding="utf-8")
    return str(path)


def test_spec():
    (spec,) = register_conditioners()
    assert (spec.reads, spec.injection, spec.frozen) == (TRANSCRIPT, Injection.CONTEXT, False)
    assert spec.factory == f"{TranscriptConditioner.__module__}:TranscriptConditioner"
    assert spec.config is TranscriptConditioner.config_model


def test_numbers_of_a_transcript(vocabulary_file):
    conditioner = build(vocabulary=vocabulary_file)
    ids = conditioner.prepare(Transcript("ab, 你好"))
    assert (ids.dtype, ids.tolist()) == (torch.int64, [1, 2, 0, 0, 0, 3, 0, 0])
    assert conditioner.prepare(Transcript("")).shape == (0,)


@torch.no_grad()
def test_batch_with_an_empty_slot():
    conditioner = build()
    given = features(conditioner, "Hello there.", None, "你好", "")
    condition = conditioner(given)
    check_condition("transcript", "test", condition, 4, WIDTH)
    assert condition.tokens.shape == (4, 6, WIDTH)
    assert condition.mask.all()
    torch.testing.assert_close(
        rms(condition.tokens[[0, 2, 3]]), torch.ones(3, 6), atol=1e-3, rtol=0
    )
    for i, item in enumerate(given):
        alone = conditioner([item]).tokens[0]
        torch.testing.assert_close(condition.tokens[i], alone, atol=1e-5, rtol=0)


@torch.no_grad()
def test_nothing_said_is_not_an_empty_slot():
    conditioner = build()
    empty, null = conditioner(features(conditioner, "", None)).tokens
    assert torch.equal(null, conditioner.empty_speech_feat[0])
    assert (empty - null).abs().max() > 0.1


@torch.no_grad()
def test_published_null_depends_on_its_neighbours():
    conditioner = build(null_in_mixed_batch="normalised")
    null = conditioner.empty_speech_feat[0]
    mixed = conditioner(features(conditioner, "a", None)).tokens[1]
    torch.testing.assert_close(mixed, null / rms(null)[:, None], atol=1e-4, rtol=0)
    assert torch.equal(conditioner([None, None]).tokens, torch.stack([null, null]))


@pytest.mark.parametrize("options", [{}, {"null_in_mixed_batch": "normalised"}])
def test_every_weight_learns(options):
    conditioner = build(**options)
    target = torch.randn(2, 6, WIDTH, generator=torch.Generator().manual_seed(0))
    (conditioner(features(conditioner, "ab", None)).tokens * target).sum().backward()
    assert all(weight.grad.any() for weight in conditioner.parameters())


@torch.no_grad()
def test_as_many_tokens_as_positions():
    conditioner = build(tokens=30)
    assert not any(name.startswith("proj_seq_len") for name in conditioner.state_dict())
    tokens = conditioner(features(conditioner, "ab")).tokens[0]
    bias = conditioner.proj_features.bias
    assert tokens.shape == (30, WIDTH)
    torch.testing.assert_close(tokens[2:], (bias / rms(bias)).expand(28, -1), atol=1e-4, rtol=0)


@torch.no_grad()
def test_projection_over_time_sees_fillers():
    """What it computes for the positions that exist equals its modules, one after another."""
    conditioner = build()
    ids = features(conditioner, "Hello")
    text = torch.nn.functional.rms_norm(
        conditioner.text_embed(torch.nn.functional.pad(ids[0] + 1, (0, 25))[None]), (16,), eps=1e-6
    )
    wide = conditioner.proj_features(text)
    wanted = conditioner.proj_seq_len(wide.transpose(1, 2)).transpose(1, 2)
    wanted = wanted / rms(wanted)[..., None]
    torch.testing.assert_close(conditioner(ids).tokens, wanted, atol=1e-4, rtol=0)


def test_too_long_a_transcript():
    conditioner = build()
    assert len(conditioner.prepare(Transcript("a" * 30))) == 30
    with pytest.raises(RequestError, match=r"31 tokens.*at most positions = 30.*too_long: cut"):
        conditioner.prepare(Transcript("a" * 31))
    with pytest.raises(ContractError, match=r"31 tokens; expected at most positions = 30"):
        conditioner([torch.zeros(31, dtype=torch.int64)])


@torch.no_grad()
def test_cut_transcript():
    conditioner = build(too_long="cut")
    long, short = Transcript("ab" * 20), Transcript("ab" * 15)
    assert torch.equal(conditioner.prepare(long), conditioner.prepare(short))
    assert conditioner.conversions(short) == ()
    assert conditioner.conversions(long) == ("cut a transcript of 40 tokens to its first 30",)
    assert conditioner([conditioner.prepare(long)]).tokens.shape == (1, 6, WIDTH)


def test_what_the_vocabulary_lacks_is_told(vocabulary_file):
    assert build().conversions(Transcript("Жa, 你")) == (
        "read as unknown what the vocabulary lacks: 'Ж'",
    )
    (note,) = build(vocabulary=vocabulary_file).conversions(Transcript("0123456789"))
    assert note.endswith("lacks: '0' '1' '2' '3' '4' '5' '6' '7' …")


def test_size_without_the_file(tmp_path):
    conditioner = build(vocabulary=str(tmp_path / "later.txt"), vocabulary_size=4)
    assert conditioner.text_embed.text_embed.weight.shape == (5, 16)
    with pytest.raises(ConfigError, match=r"later\.txt cannot be read"):
        conditioner.prepare(Transcript("a"))
    (tmp_path / "later.txt").write_text(" \na\nb\nc\n", encoding="utf-8")
    assert conditioner.prepare(Transcript("abc")).tolist() == [1, 2, 3]


def test_vocabulary_of_another_length(vocabulary_file):
    with pytest.raises(ConfigError, match=r"another length.*holds 4 tokens.*vocabulary_size = 5"):
        build(vocabulary=vocabulary_file, vocabulary_size=5).prepare(Transcript("a"))
    own = len(character_vocabulary())
    with pytest.raises(ConfigError, match=rf"\(built in\) holds {own} tokens.*own file"):
        build(vocabulary_size=2545).prepare(Transcript("a"))
    weights = build(vocabulary=vocabulary_file).state_dict()
    with pytest.raises(CheckpointError, match=rf"another length: 4 tokens.*expected {own}, as in"):
        build().load_state_dict(weights)


def test_width_has_two_halves():
    with pytest.raises(ValidationError, match="multiple of 2"):
        TranscriptConfig(text_width=15)


@torch.no_grad()
def test_built_without_memory_and_filled():
    source = build()
    with torch.device("meta"):
        target = TranscriptConditioner(TranscriptConfig(**SIZES), WIDTH)
    assert all(value.is_meta for value in target.state_dict().values())
    target.load_state_dict(source.state_dict(), assign=True)
    given = features(target, "你好 there", None)
    assert torch.equal(target(given).tokens, source(given).tokens)


def test_pickles_for_workers():
    conditioner = build()
    copy = pickle.loads(pickle.dumps(conditioner))
    assert torch.equal(copy.prepare(Transcript("ab")), conditioner.prepare(Transcript("ab")))


@torch.no_grad()
def test_masked_fillers_leave_one_token_for_each_character():
    conditioner = build(tokens=30, fillers="masked")
    given = features(conditioner, "Hello.", None, "")
    condition = conditioner(given)
    check_condition("transcript", "test", condition, 3, WIDTH)
    assert condition.mask.sum(dim=1).tolist() == [6, 1, 1]
    assert condition.mask[0, :6].all()


def test_masked_fillers_need_a_token_for_each_position():
    with pytest.raises(ValidationError, match="6 tokens for 30 positions; expected as many"):
        build(fillers="masked")
