import logging
from pathlib import Path

import pytest
from audio_omni.core.encoding.frozen_part import check_same_part, digest_of_part, frozen_part
from audio_omni.core.errors import ConfigError
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.plugins.manager import build_plugin_manager

FOLDER = Path("rows")


@pytest.fixture(scope="module")
def part():
    host = build_plugin_manager(entry_points=False, strict=True)
    values = find_recipe("micro", host.recipes)

    def of(*changes, has_weights=False):
        return frozen_part(resolve_recipe(values, changes), host, has_weights=has_weights)

    return of


def test_what_is_trained_and_how_often_is_no_part_of_it(part):
    changes = ("model.dit.depth=7", "train.steps=9", "seed=5", "mixture.sources.0.weight=9")
    changes += ("model.conditioners.source.axis=sequence", "loader.batch_size=3")
    assert part(*changes) == part()
    assert digest_of_part(part(*changes)) == digest_of_part(part())
    assert digest_of_part(part("model.clip_seconds=2")) != digest_of_part(part())


def test_a_codec_without_a_file_has_the_weights_of_the_seed(part):
    with pytest.raises(ConfigError, match=r"codec\.drawn_with_seed: 0 in the shards, 1 here"):
        check_same_part(part(has_weights=True), part("seed=1", has_weights=True), FOLDER)


def test_fewer_conditioners_are_a_part_and_more_are_not(part):
    more = part("model.conditioners.words={name: transcript}")
    check_same_part(more, part(), FOLDER)
    with pytest.raises(ConfigError, match=r"conditioners\.words: not in the shards"):
        check_same_part(part(), more, FOLDER)


def test_files_count_by_what_is_in_them(part, tmp_path, caplog):
    vocabulary = "model.conditioners.words={{name: transcript, options: {{vocabulary: '{}'}}}}"
    for name, text in (("one", "a\nb\n"), ("same", "a\nb\n"), ("other", "a\nc\n")):
        (tmp_path / name).write_text(text)
    one, same, other, gone = (
        part(vocabulary.format(tmp_path / name)) for name in ("one", "same", "other", "gone")
    )
    check_same_part(one, same, FOLDER)
    with pytest.raises(ConfigError, match=r"conditioners\.words\.files\.vocabulary: '"):
        check_same_part(one, other, FOLDER)
    with pytest.raises(ConfigError, match=r"words\.options\.vocabulary: '.*one'.*gone' here"):
        check_same_part(one, gone, FOLDER)
    (tmp_path / "one").unlink()
    with caplog.at_level(logging.WARNING, "audio_omni.encoding"):
        check_same_part(one, part(vocabulary.format(tmp_path / "one")), FOLDER)
    assert "conditioners.words.options.vocabulary names is not on this machine" in caplog.text
