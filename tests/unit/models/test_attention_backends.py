import pytest
import torch
from audio_omni.core.errors import ConfigError
from audio_omni.core.models.attention_backends import attend, default_backend


def reference(q, k, v, mask):
    """Softmax attention written out, one item and head at a time."""
    out = torch.zeros_like(q)
    for b in range(q.shape[0]):
        keep = mask[b] if mask is not None else torch.ones(k.shape[1], dtype=torch.bool)
        if not keep.any():
            continue
        for h in range(q.shape[2]):
            logits = q[b, :, h] @ k[b, keep, h].T / q.shape[3] ** 0.5
            out[b, :, h] = logits.softmax(dim=-1) @ v[b, keep, h]
    return out


@pytest.fixture(params=["sdpa", pytest.param("xformers", marks=pytest.mark.gpu)])
def backend(request):
    """Every backend, on the device where it runs."""
    if request.param == "xformers":
        pytest.importorskip("xformers", reason="needs xformers")
        if not torch.cuda.is_available():
            pytest.skip("xformers' kernels need a CUDA device")
        return request.param, torch.device("cuda")
    return request.param, torch.device("cpu")


def inputs(device, keys=11):
    generator = torch.Generator().manual_seed(0)
    shapes = [(3, 7, 2, 16), (3, keys, 2, 16), (3, keys, 2, 16)]
    q, k, v = (torch.randn(s, generator=generator).to(device).requires_grad_() for s in shapes)
    mask = (torch.arange(keys) < torch.tensor([keys, 4, 0])[:, None]).to(device)
    return q, k, v, mask


@pytest.mark.parametrize("keys", [1, 8, 11])
@pytest.mark.parametrize("masked", [False, True])
def test_equals_attention_written_out(backend, keys, masked):
    name, device = backend
    q, k, v, mask = inputs(device, keys)
    got = attend(q, k, v, mask if masked else None, backend=name)
    torch.testing.assert_close(
        got, reference(q, k, v, mask if masked else None), atol=2e-5, rtol=1e-4
    )


def test_item_without_valid_key_gives_zeros_and_finite_gradients(backend):
    name, device = backend
    q, k, v, mask = inputs(device)
    out = attend(q, k, v, mask, backend=name)
    assert (out[2] == 0).all()
    out.square().sum().backward()
    assert all(torch.isfinite(x.grad).all() for x in (q, k, v))
    assert (v.grad[2] == 0).all()
    assert (v.grad[1, 4:] == 0).all()


def test_masked_keys_have_no_influence():
    q, k, v, mask = inputs(torch.device("cpu"))
    before = attend(q, k, v, mask)
    with torch.no_grad():
        k[1, 4:] += 100
        v[1, 4:] -= 100
    torch.testing.assert_close(attend(q, k, v, mask), before, atol=0, rtol=0)


def test_cpu_uses_torchs_own():
    assert default_backend(torch.device("cpu")) == "sdpa"


def test_unknown_backend_lists_close_matches():
    q, k, v, _ = inputs(torch.device("cpu"))
    with pytest.raises(ConfigError, match=r"'xformer'.*Did you mean 'xformers'"):
        attend(q, k, v, backend="xformer")


def test_backend_that_is_not_installed_says_what_to_do(monkeypatch):
    monkeypatch.setattr(
        "audio_omni.core.models.attention_backends._has_xformers", lambda: False, raising=True
    )
    q, k, v, _ = inputs(torch.device("cpu"))
    with pytest.raises(ConfigError, match="not installed; install xformers, or use 'sdpa'"):
        attend(q, k, v, backend="xformers")
