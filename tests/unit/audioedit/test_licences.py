"""What a pair may be used for."""

import pytest
from audio_omni.plugins.audioedit.licences import licence_facts


@pytest.mark.parametrize(
    ("licences", "effective", "commercial"),
    [
        (["CC0-1.0", "CC0-1.0"], "CC0-1.0", True),
        (["CC0-1.0", "CC-BY-3.0"], "CC-BY-3.0 AND CC0-1.0", True),
        (["CC-BY-3.0 AND CC-BY-NC-3.0"], "CC-BY-NC-3.0 AND CC-BY-3.0", False),
        (["CC0-1.0", None], "unknown AND CC0-1.0", False),
        (["CC0-1.0", "  "], "unknown AND CC0-1.0", False),
        ([], "unknown", False),
        (["CC-BY-SA-4.0"], "CC-BY-SA-4.0", True),
        (["CC-BY-NC-ND-4.0"], "CC-BY-NC-ND-4.0", False),
        (["CC-BY-ND-2.0"], "CC-BY-ND-2.0", False),
        (["CC-BY-SA-NC-4.0"], "CC-BY-SA-NC-4.0", False),
        (["CC-BY-FOO"], "CC-BY-FOO", False),
        (["MIT OR GPL-3.0"], "MIT", True),
        (["the licence of each clip"], "the licence of each clip", False),
        (["Public-Domain"], "Public-Domain", True),
    ],
)
def test_the_most_restrictive_comes_first_and_decides(licences, effective, commercial):
    facts = licence_facts(licences)
    assert (facts.effective, facts.commercial_ok) == (effective, commercial)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("CC BY 4.0", "CC-BY-4.0"),
        ("cc-by-3.0", "CC-BY-3.0"),
        ("CC-BY-3.0-US", "CC-BY-3.0"),
        ("Attribution 4.0", "CC-BY-4.0"),
        ("Creative Commons Attribution-NonCommercial 3.0", "CC-BY-NC-3.0"),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/", "CC-BY-NC-SA-4.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("apache-2.0", "Apache-2.0"),
    ],
)
def test_usual_ways_to_write_a_licence(written, name):
    assert licence_facts([written]).effective == name


def test_what_to_mind_is_said_once():
    facts = licence_facts(["CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0"])
    assert facts.notes == "attribution; share alike: under the same licence"
