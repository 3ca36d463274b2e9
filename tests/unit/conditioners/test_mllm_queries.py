"""What is taken of a language model's states: last, penultimate, queries and metaqueries."""

import copy
import pickle

import pytest
import torch
from audio_omni.conditioners.mllm.conditioner import MllmConditioner
from audio_omni.conditioners.mllm.config import MllmConfig, MllmWindowConfig
from audio_omni.conditioners.mllm.queries import Queries
from audio_omni.core.conditioning import check_condition
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import Prompt

WIDTH, Q = 24, 5


def build(width=32, **options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MllmConditioner(MllmConfig(local={"width": width}, **options), WIDTH).eval()


@pytest.fixture(scope="module")
def query():
    return build(features="query", queries=Q, query_heads=4)


@pytest.fixture(scope="module")
def metaquery():
    return build(features="metaquery", queries=Q)


@pytest.fixture(scope="module")
def prompts():
    generator = torch.Generator().manual_seed(0)
    clip = Waveform(0.1 * torch.randn(1, 8000, generator=generator), 16000)
    video = torch.randint(0, 256, (4, 3, 56, 56), generator=generator, dtype=torch.uint8)
    return {
        "text": Prompt("rain", "You are a sound designer."),
        "longer": Prompt("a long sentence about a dog that barks at a train, twice"),
        "audio": Prompt("what is this", audio=clip),
        "video": Prompt("what is this", video=video, video_fps=4.0),
        "both": Prompt("what is this", audio=clip, video=video, video_fps=4.0),
    }


def features(mllm, *prompts):
    return mllm.encode_frozen([mllm.prepare(prompt) for prompt in prompts])


def condition(mllm, *prompts):
    return mllm(features(mllm, *prompts))


@pytest.mark.parametrize(("name", "layer"), [("last", -1), ("penultimate", -2)])
def test_states_have_names_and_numbers(name, layer):
    assert MllmConfig(model="x", features=name).hidden_state == layer
    assert MllmConfig(model="x", layer=layer).hidden_state == layer
    assert MllmConfig(model="x", features=name, layer=layer).hidden_state == layer
    assert MllmConfig(model="x").hidden_state == -2
    assert MllmConfig(model="x", features="query").hidden_state == -2
    assert MllmConfig(model="x", features="query", layer=3).hidden_state == 3


def test_last_and_penultimate_differ(prompts):
    last, before = (
        features(build(features=name), prompts["text"])[0] for name in ("last", "penultimate")
    )
    assert last.shape == before.shape
    assert (last - before).abs().max() > 0.1


@pytest.mark.parametrize("name", ["last", "penultimate", "query", "metaquery"])
def test_options_survive_a_round_trip(name):
    config = MllmConfig(model="x", features=name)
    assert MllmConfig.model_validate(config.model_dump()) == config


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (MllmConfig, {"features": "last", "layer": -2}, r"'last', which is layer -1, and layer -2"),
        (MllmConfig, {"features": "penultimate", "layer": 5}, r"which is layer -2, and layer 5"),
        (MllmConfig, {"queries": 8}, r"got 8 queries.*'query' or 'metaquery'"),
        (MllmConfig, {"features": "last", "queries": 8}, r"got 8 queries"),
        (MllmConfig, {"features": "qformer"}, r"field 'features'.*'metaquery'"),
        (MllmWindowConfig, {"features": "query"}, r"'query'; a window.*Use the conditioner 'mllm'"),
        (MllmWindowConfig, {"features": "metaquery"}, r"'metaquery'; a window"),
    ],
)
def test_options_that_contradict_each_other(model, options, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(model, {"model": "x", **options}, where="Conditioner 'mllm'")


def test_heads_that_do_not_divide_the_width():
    with pytest.raises(ConfigError, match=r"query_heads 5; expected a divisor of .* 32"):
        build(features="query", query_heads=5)


@pytest.mark.parametrize("layer", [0, -3])
def test_metaqueries_cannot_be_read_before_they_have_read(layer):
    with pytest.raises(ConfigError, match=rf"'metaquery' and layer {layer}, the embedding"):
        build(features="metaquery", layer=layer)


@pytest.mark.parametrize("kind", ["query", "metaquery"])
def test_as_many_tokens_as_queries_however_long_the_prompt(kind, request, prompts):
    mllm = request.getfixturevalue(kind)
    given = [*prompts.values()]
    made = mllm([*features(mllm, *given), None])
    check_condition("mllm", "test", made, len(given) + 1, WIDTH)
    assert made.mask.sum(1).tolist() == [Q] * len(given) + [1]
    torch.testing.assert_close(made.tokens[-1, 0], mllm.null)
    flat = made.tokens[: len(given)].flatten(1)
    assert torch.pdist(flat).min() > 1e-3  # each prompt is read
    assert not mllm([None, None]).tokens.isnan().any()


@pytest.mark.parametrize("kind", ["query", "metaquery"])
def test_a_prompt_alone_equals_the_same_in_a_batch(kind, request, prompts):
    mllm = request.getfixturevalue(kind)
    together = condition(mllm, *prompts.values()).tokens
    for own, prompt in zip(together, prompts.values(), strict=True):
        torch.testing.assert_close(own[None], condition(mllm, prompt).tokens, atol=1e-5, rtol=0)


def test_queries_read_the_penultimate_states_which_can_be_cached(query, prompts):
    plain = build()
    for own, other in zip(
        features(query, *prompts.values()), features(plain, *prompts.values()), strict=True
    ):
        assert torch.equal(own, other)
    assert query.frozen_digest() == plain.frozen_digest()


def test_queries_are_cross_attention_and_nothing_else():
    torch.manual_seed(0)
    queries = Queries(3, 8, 2)
    states, mask = 5 * torch.randn(2, 4, 8), torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool()
    found = queries(states, mask)

    def norm(x):
        return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt()

    q = (norm(queries.tokens) @ queries.attention.to_q.weight.T).view(3, 2, 4)
    for own, count, got in zip(states, (4, 2), found, strict=True):
        k, v = (norm(own[:count]) @ queries.attention.to_kv.weight.T).view(count, 2, 2, 4).unbind(1)
        weights = (torch.einsum("qhd,khd->hqk", q, k) / 2).softmax(-1)
        read = torch.einsum("hqk,khd->qhd", weights, v).flatten(1)
        wanted = queries.tokens + read @ queries.attention.to_out.weight.T
        torch.testing.assert_close(got, wanted)
    changed = states.clone()
    changed[1, 2:] = 100
    torch.testing.assert_close(queries(changed, mask), found)


@pytest.mark.parametrize("name", ["text", "longer", "audio", "video", "both"])
def test_metaqueries_that_are_words_are_read_as_those_words(name, metaquery, prompts):
    words = torch.tensor([[40, 41, 42, 43, 44]])
    mllm = copy.deepcopy(metaquery)
    embedding = mllm.thinker.model.get_input_embeddings()
    mllm.queries.tokens.data = embedding(words)[0]
    inputs = mllm.prepare(prompts[name])
    longer = {
        **inputs,
        "input_ids": torch.cat([inputs["input_ids"], words], dim=1),
        "attention_mask": torch.nn.functional.pad(inputs["attention_mask"], (0, Q), value=1),
    }
    with torch.no_grad():
        wanted = mllm.thinker.model(**longer, output_hidden_states=True).hidden_states[-2][0, -Q:]
        others = [mllm.prepare(prompts["longer"]), mllm.prepare(prompts["audio"])]
        got = mllm.queries(mllm.thinker, [others[0], inputs, others[1]], -2)[1]
    torch.testing.assert_close(got, wanted, atol=1e-5, rtol=0)


def test_metaqueries_learn_through_the_frozen_model(metaquery, prompts):
    mllm = copy.deepcopy(metaquery).train()
    before = mllm.frozen_networks()["thinker"].state_dict()
    before = {name: tensor.clone() for name, tensor in before.items()}
    prepared = features(mllm, prompts["text"], prompts["audio"], prompts["video"])
    goal = torch.randn(3, Q, WIDTH, generator=torch.Generator().manual_seed(1))
    optimizer = torch.optim.Adam([mllm.queries.tokens], lr=0.05)
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        loss = (mllm(prepared).tokens - goal).square().mean()
        loss.backward()
        assert mllm.queries.tokens.grad.abs().sum(1).gt(0).all()  # every query has its own
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.95 * losses[0]
    assert all(p.grad is None for p in mllm.thinker.model.parameters())
    after = mllm.thinker.model.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def test_metaqueries_are_never_cached(metaquery, prompts):
    prepared = [metaquery.prepare(prompts["text"])]
    assert metaquery.frozen_digest() is None
    assert metaquery.encode_frozen(prepared)[0] is prepared[0]


def test_metaqueries_start_as_large_as_tokens(metaquery):
    embeddings = metaquery.thinker.model.get_input_embeddings().weight
    ratio = metaquery.queries.tokens.std() / embeddings.std()
    assert 0.7 < ratio.item() < 1.4


def test_queries_are_trained_and_saved(query, metaquery):
    plain = {"null", "project.weight", "project.bias"}
    own = {f"queries.{name}" for name in ("tokens", *(f"attention.{p}.weight" for p in PARTS))}
    assert set(query.state_dict()) == plain | own
    assert set(metaquery.state_dict()) == plain | {"queries.tokens"}
    for mllm in (query, metaquery):
        assert {name for name, _ in mllm.named_parameters()} == set(mllm.state_dict())


PARTS = ("to_q", "to_kv", "to_out")


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_metaqueries_of_a_model_in_half_precision(dtype, metaquery, prompts, tmp_path):
    metaquery.thinker.model.save_pretrained(tmp_path)
    metaquery.thinker.processor.save_pretrained(tmp_path)
    config = MllmConfig(model=str(tmp_path), dtype=dtype, features="metaquery", queries=Q)
    half = MllmConditioner(config, WIDTH)
    half.load_state_dict(metaquery.state_dict())
    # A saved processor does not keep how small the frames of a local thinker are.
    given = features(metaquery, prompts["text"], prompts["audio"], prompts["video"])
    made = half(given)
    assert made.tokens.dtype == torch.float32
    torch.testing.assert_close(made.tokens, metaquery(given).tokens, atol=0.05, rtol=0)
    made.tokens.sum().backward()
    assert half.queries.tokens.grad.dtype == torch.float32
    assert torch.isfinite(half.queries.tokens.grad).all()


def test_mixed_precision_of_training_leaves_the_language_model_alone(metaquery, prompts):
    prepared = features(metaquery, prompts["text"])
    with torch.no_grad():
        plain = metaquery.queries(metaquery.thinker, prepared, -2)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mixed = metaquery.queries(metaquery.thinker, prepared, -2)
    assert torch.equal(plain, mixed)


def test_metaqueries_pickle_for_workers(metaquery, prompts):
    other = pickle.loads(pickle.dumps(metaquery))
    made = [condition(mllm, prompts["text"]).tokens for mllm in (metaquery, other)]
    torch.testing.assert_close(*made)


def test_sizes_are_known_without_weights():
    with torch.device("meta"):
        config = {"model": "Qwen/Qwen2.5-Omni-3B", "queries": 64}
        metaquery = MllmConditioner(MllmConfig(**config, features="metaquery"), WIDTH)
        query = MllmConditioner(MllmConfig(**config, features="query"), WIDTH)
    assert metaquery.queries.tokens.shape == query.queries.tokens.shape == (64, 2048)
