"""VGGish: 128 values for each 0.96 s of a clip. Shapes: P patches, D = 128.

Names of weights are those of the PyTorch port that FAD tools use.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

from ...core.errors import CheckpointError
from ...core.training.checkpoint_files import check_tensors
from .vggish_front_end import MELS, PATCH

EMBEDDING = 128
EIGEN_VECTORS, MEANS = "pproc.pca_eigen_vectors", "pproc.pca_means"
COMPONENTS = {EIGEN_VECTORS: (EMBEDDING, EMBEDDING), MEANS: (EMBEDDING, 1)}
"""Shapes of the second published file."""

CLIP = 2.0
LEVELS = 255.0


class Vggish(nn.Module):
    """A small VGG on log-mel patches; its 128 values, before a last ReLU, are what FAD compares.

    It exists with weights only: a score of a network that learned nothing would look like any
    other.

    Source: Hershey et al. 2017, "CNN Architectures for Large-Scale Audio Classification".
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        *,
        dtype: torch.dtype = torch.float32,
        where: str = "VGGish's weights",
    ) -> None:
        """Take over the weights; those of `Principal` may be among them.

        Args:
            weights: by the names of the published PyTorch port.
            dtype: float32, or float64 to check the network against exact numbers.
            where: what the weights are, for messages.

        Raises:
            CheckpointError: if a weight is missing, unexpected or misshapen.
        """
        super().__init__()
        self._build()
        given = {name: t for name, t in weights.items() if name not in (EIGEN_VECTORS, MEANS)}
        check_tensors(given, self.state_dict(), where, "Expected the PyTorch port of VGGish.")
        self.load_state_dict(given, assign=True)
        self.dtype = dtype
        self.to(dtype).eval().requires_grad_(False)

    @classmethod
    def shapes(cls) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight."""
        bare = cls.__new__(cls)
        nn.Module.__init__(bare)
        bare._build()
        return {name: tuple(tensor.shape) for name, tensor in bare.state_dict().items()}

    def _build(self) -> None:
        self.features = _convolutions()
        self.embeddings = nn.Sequential(
            skip_init(nn.Linear, 512 * (PATCH // 16) * (MELS // 16), 4096),
            nn.ReLU(),
            skip_init(nn.Linear, 4096, 4096),
            nn.ReLU(),
            skip_init(nn.Linear, 4096, EMBEDDING),
        )

    @torch.no_grad()
    def forward(self, patches: Tensor) -> Tensor:
        """Return (P, 128), before the last ReLU, of log-mel patches (P, 96, 64)."""
        x = self.features(patches[:, None].to(self.dtype))
        # Channels last: the weights of the linear layer are those of a TensorFlow network.
        return self.embeddings(x.permute(0, 2, 3, 1).flatten(1))


class Principal:
    """The port's post-processing: ReLU, principal components, 8 bits; FAD does without it.

    AudioSet's features were published so.
    """

    def __init__(
        self, weights: Mapping[str, Tensor], *, where: str = "VGGish's components"
    ) -> None:
        """Take over eigenvectors (128, 128) and means (128, 1).

        Raises:
            CheckpointError: if one is missing or misshapen.
        """
        found = {name: tuple(weights[name].shape) for name in COMPONENTS if name in weights}
        if found != COMPONENTS:
            raise CheckpointError(
                f"{where} holds {found}; expected {COMPONENTS}. Convert the published file of the "
                "components together with that of the network."
            )
        self.vectors, self.means = weights[EIGEN_VECTORS], weights[MEANS]

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Return whole numbers 0…255, (P, 128) shaped and typed as the embeddings (P, 128)."""
        vectors, means = (t.to(embeddings) for t in (self.vectors, self.means))
        components = (embeddings.relu() - means[:, 0]) @ vectors.T
        return ((components.clamp(-CLIP, CLIP) + CLIP) * (LEVELS / (2 * CLIP))).round()


def _convolutions() -> nn.Sequential:
    layers: list[nn.Module] = []
    inner = 1
    for block in ((64,), (128,), (256, 256), (512, 512)):
        for outer in block:
            layers += [skip_init(nn.Conv2d, inner, outer, 3, padding=1), nn.ReLU()]
            inner = outer
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)
