"""The exact velocity of a flow from noise to a mixture of Gaussians: no network, no error.

Given component k, z_t = (1 − t) z_0 + t z_1 is normal around (1 − t) m_k with variance
S = (1 − t)² σ² + t², so that E[z_0 | z_t, k] and E[z_1 | z_t, k] are linear in z_t.
"""

import torch

SHAPE = (4, 16)
"""Of a latent: 64 numbers."""


class Mixture:
    """Text k of K makes component k the likely one; a text of `None` is the null."""

    def __init__(self, components=3, deviation=0.5, sharpness=0.9, seed=0, dtype=torch.float32):
        generator = torch.Generator().manual_seed(seed)
        means = torch.randn(components, *SHAPE, generator=generator, dtype=torch.float64)
        self.means, self.deviation, self.dtype = means.to(dtype), deviation, dtype
        rest = (1 - sharpness) / (components - 1)
        self.weights = torch.full((components + 1, components), rest, dtype=dtype)
        self.weights[:components].fill_diagonal_(sharpness)
        self.weights[components] = 1 / components
        self.calls = 0
        self.sizes = []

    def sample(self, count, seed):
        """Latents of data, (count, C, T)."""
        generator = torch.Generator().manual_seed(seed)
        which = torch.randint(len(self.means), (count,), generator=generator)
        drawn = torch.randn(count, *SHAPE, generator=generator, dtype=torch.float64)
        return self.means[which] + self.deviation * drawn.to(self.dtype)

    def velocity(self, text, scale=1.0):
        """v_null + s (v_text − v_null), as guidance has it."""

        def run(z, t):
            assert z.dtype == self.dtype
            assert t.shape == (len(z),)
            self.calls += len(z)
            self.sizes.append(len(z))
            v = self._velocity(z, t, text)
            if scale == 1:
                return v
            null = self._velocity(z, t, None)
            return null + scale * (v - null)

        return run

    def _velocity(self, z, t, text):
        weights = self.weights[-1 if text is None else text]
        t = t.to(self.dtype)[:, None, None, None]
        variance = (1 - t) ** 2 * self.deviation**2 + t**2
        away = z[:, None] - (1 - t) * self.means  # (R, K, C, T)
        likely = -away.square().flatten(2).sum(dim=2) / (2 * variance[..., 0, 0])
        share = torch.softmax(likely + weights.log(), dim=1)[..., None, None]
        data = self.means + (1 - t) * self.deviation**2 / variance * away
        return (share * (t / variance * away - data)).sum(dim=1)


def noises(count, seed, dtype=torch.float32):
    """What draws noise for a batch: a generator of each item's own."""
    generators = [torch.Generator().manual_seed(seed + i) for i in range(count)]

    def draw():
        drawn = [torch.randn(*SHAPE, generator=g, dtype=torch.float64) for g in generators]
        return torch.stack(drawn).to(dtype)

    return draw


def relative(got, wanted):
    return float((got - wanted).norm() / wanted.norm())
