import copy

import pytest
import torch
from audio_omni.plugins.codecs.oobleck_layers import Conv, DownConv, Snake, UpConv
from torch import nn
from torch.nn.utils import weight_norm


def noise(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def frozen_conv():
    return Conv(3, 4, 7).requires_grad_(False)


@pytest.mark.parametrize("stride", [1, 2, 3, 5, 8])
def test_convolutions_are_those_of_torch_under_its_own_weight_norm(stride):
    padding = -(-stride // 2)
    down, up = (
        nn.Conv1d(3, 4, 2 * stride, stride, padding),
        nn.ConvTranspose1d(3, 4, 2 * stride, stride, padding),
    )
    pairs = [
        (DownConv(3, 4, stride), down),
        (UpConv(3, 4, stride), up),
        (Conv(3, 4, 7, dilation=stride), nn.Conv1d(3, 4, 7, padding=3 * stride, dilation=stride)),
    ]
    x = noise(2, 3, 8 * stride)
    for ours, plain in pairs:
        theirs = weight_norm(plain)
        theirs.weight_g.data.mul_(1.7)
        ours.load_state_dict(theirs.state_dict(), strict=True)
        torch.testing.assert_close(ours(x), theirs(x))
    assert pairs[1][0](x).shape[-1] == pairs[1][0].length(x.shape[-1])


def test_snake_is_its_formula_and_so_are_its_gradients():
    snake = Snake(3).double()
    nn.init.normal_(snake.alpha)
    nn.init.normal_(snake.beta)
    x = noise(2, 3, 5).double().requires_grad_()
    alpha, beta = snake.alpha.exp()[:, None], snake.beta.exp()[:, None]
    torch.testing.assert_close(snake(x), x + torch.sin(alpha * x) ** 2 / (beta + 1e-9))
    parameters = dict(snake.named_parameters())
    assert torch.autograd.gradcheck(
        lambda x, *values: torch.func.functional_call(
            snake, dict(zip(parameters, values, strict=True)), x
        ),
        (x, *parameters.values()),
    )


def test_an_activation_leaves_its_input_alone():
    x = noise(1, 3, 5)
    before = x.clone()
    Snake(3)(x)
    assert torch.equal(x, before)


def test_frozen_filters_are_multiplied_out_once():
    conv = frozen_conv()
    assert conv.filters() is conv.filters()


def test_filters_that_may_be_trained_are_multiplied_out_each_time():
    conv = Conv(3, 4, 7)
    assert conv.filters() is not conv.filters()
    conv(noise(1, 3, 9)).sum().backward()
    assert conv.weight_g.grad.any()
    assert conv.weight_v.grad.any()


@pytest.mark.parametrize("assign", [False, True])
def test_frozen_filters_follow_what_is_loaded(assign):
    conv = frozen_conv()
    before = conv.filters()
    conv.load_state_dict({k: v * 2 for k, v in conv.state_dict().items()}, assign=assign)
    torch.testing.assert_close(conv.filters(), before * 2)


def test_frozen_filters_follow_a_change_of_precision():
    conv = frozen_conv()
    conv.filters()
    assert conv.double().filters().dtype == torch.float64


def test_a_copy_has_filters_of_its_own():
    conv = frozen_conv()
    before = conv.filters()
    twin = copy.deepcopy(conv)
    twin.weight_g.mul_(2)
    torch.testing.assert_close(twin.filters(), before * 2)
    assert conv.filters() is before


def test_filters_of_an_inference_serve_gradients_of_the_input():
    conv = frozen_conv()
    with torch.inference_mode():
        conv(noise(1, 3, 9))
    x = noise(1, 3, 9).requires_grad_()
    conv(x).sum().backward()
    assert x.grad.any()


def test_filters_are_not_saved():
    conv = frozen_conv()
    conv.filters()
    assert list(conv.state_dict()) == ["bias", "weight_g", "weight_v"]
