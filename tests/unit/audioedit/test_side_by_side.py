"""Clips are worked on by threads: in order, and with torch's own threads as they were."""

import torch
from audio_omni.plugins.audioedit.report.side_by_side import side_by_side


def test_what_is_made_comes_in_order_and_torch_is_left_as_it_was():
    before = torch.get_num_threads()
    found = side_by_side(lambda k: (k, torch.get_num_threads()), range(50))
    assert found == [(k, 1) for k in range(50)]
    assert torch.get_num_threads() == before
