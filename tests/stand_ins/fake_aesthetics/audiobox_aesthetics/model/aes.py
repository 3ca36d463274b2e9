"""The network: its scores are the level of what the mask leaves, before they are scaled."""

import json
from pathlib import Path

import torch

AXES = ("CE", "CU", "PC", "PQ")


class AesMultiOutput(torch.nn.Module):
    @classmethod
    def from_pretrained(cls, folder):
        network = cls()
        network.target_transform = json.loads((Path(folder) / "config.json").read_text())[
            "target_transform"
        ]
        return network

    def forward(self, batch):
        wav, mask = batch["wav"], batch["mask"]
        assert wav.shape == mask.shape == (len(wav), 1, 160000), wav.shape
        assert mask.dtype == torch.bool
        assert not wav[~mask].any(), "what is filled up has to be silent"
        level = ((wav * mask) ** 2).sum((1, 2)) / mask.sum((1, 2))
        return {axis: (k + 1) * level for k, axis in enumerate(AXES)}
