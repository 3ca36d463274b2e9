"""Against the counts that a peer's alignment gives; only their sum is the same for all optima."""

import json

import pytest
from audio_omni.evaluation.spelling import edit_distance


@pytest.mark.parametrize("language", ["en", "zh"])
def test_matches_the_golden_counts(shared_dir, language):
    path = shared_dir / "goldens" / "metrics.json"
    cases = {case["id"]: case for case in json.loads(path.read_text())["cases"]}
    pairs = cases[f"wer/{language}"]["outputs"]["per_pair"]
    assert len(pairs) > 5
    for pair in pairs:
        said, meant = (
            [word for word in pair[f"normalised_{role}"].split(" ") if word]
            for role in ("hypothesis", "reference")
        )
        counts = ("substitutions", "deletions", "insertions")
        assert edit_distance(said, meant) == sum(pair[name] for name in counts), pair
