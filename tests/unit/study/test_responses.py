"""Files that cannot be scored are refused: what, which rater, what to do."""

import json

import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.study.key import load_key
from audio_omni.evaluation.study.responses import load_responses, rating_files


def fifty(scale, clip):
    return 50


def changed(path, index, **changes):
    content = json.loads(path.read_text())
    content["ratings"][index] |= changes
    path.write_text(json.dumps(content))
    return path


def test_complete_files_are_read_in_order(answer, key):
    paths = [answer(rater, lambda s, c, r=rater: 10 * r) for rater in (3, 1)]
    found = load_responses(paths, key)
    assert [response.rater for response in found] == [1, 3]
    assert set(found[1].values) == key.expected()
    assert set(found[1].values.values()) == {30}


@pytest.mark.parametrize(("correct", "passed"), [(6, True), (5, True), (4, False)])
def test_the_headphones_check(answer, key, correct, passed):
    path = answer(1, fifty, headphones={"correct": correct, "of": 6, "tries": 2})
    assert load_responses([path], key)[0].headphones_passed is passed
    assert load_responses([answer(1, fifty, headphones=None)], key)[0].headphones_passed is None


def test_an_incomplete_file(answer, key):
    path = answer(4, lambda scale, clip: None if scale == "REL" else 7)
    with pytest.raises(DataError) as failure:
        load_responses([path], key)
    said = str(failure.value)
    assert "(rater 4): 16 of 32 ratings are missing, such as REL of '" in said
    assert "open the page again in the same browser" in said


def test_a_file_of_another_study(answer, key):
    with pytest.raises(DataError, match=r"\(rater 2\) is of study 'f00', and the key of"):
        load_responses([answer(2, fifty, study="f00")], key)


def test_the_same_rater_twice(answer, key):
    paths = [answer(2, fifty), answer(2, fifty, name="again.json")]
    with pytest.raises(DataError, match=r"again.json: rater 2 is in .*rater-2.json too. Keep one"):
        load_responses(paths, key)


@pytest.mark.parametrize("value", [0, 101, -3, 50.5, "50", True, [50]])
def test_values_that_the_page_saves_not(answer, key, value):
    path = changed(answer(5, fifty), 0, value=value)
    with pytest.raises(DataError, match=r"\(rater 5\): OVL of '.*' by .* is .*from 1 to 100"):
        load_responses([path], key)


def test_clips_that_are_unknown_twice_or_of_another_item(answer, key):
    with pytest.raises(DataError, match=r"of clip 'nobody' of item .* is not in the key"):
        load_responses([changed(answer(1, fifty), 0, clip="nobody")], key)
    with pytest.raises(DataError, match="of item 'elsewhere' is not in the key"):
        load_responses([changed(answer(1, fifty), 0, item="elsewhere")], key)
    path = answer(1, fifty)
    first = json.loads(path.read_text())["ratings"][0]
    with pytest.raises(DataError, match="is rated twice"):
        load_responses([changed(path, 1, **first)], key)


def test_a_rater_whom_the_study_has_not(answer, key):
    with pytest.raises(DataError, match=r"\(rater 7\): the study has raters 1 to 6"):
        load_responses([answer(7, fifty)], key)


def test_files_that_are_no_ratings(tmp_path, key, made):
    (tmp_path / "no.json").write_text("{")
    with pytest.raises(DataError, match="not valid JSON"):
        load_responses([tmp_path / "no.json"], key)
    with pytest.raises(DataError, match="No such file"):
        load_responses([tmp_path / "gone.json"], key)
    with pytest.raises(DataError, match=r"has the format 'audio-omni\.study-key\.v1'"):
        load_responses([made.key_path], key)
    with pytest.raises(DataError, match="Got no file of ratings"):
        load_responses([], key)


def test_a_folder_stands_for_its_files(answer, tmp_path, made):
    paths = [answer(2, fifty), answer(1, fifty)]
    assert rating_files([tmp_path]) == sorted(paths)
    assert rating_files(paths) == paths
    with pytest.raises(DataError, match="holds no JSON file"):
        rating_files([made.page.parent])


def test_a_file_without_a_field(answer, key):
    path = answer(1, fifty)
    content = json.loads(path.read_text())
    del content["rater"]
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match="field 'rater' is required"):
        load_responses([path], key)


def test_all_problems_are_told_at_once(answer, key):
    paths = [answer(1, fifty), answer(2, fifty, study="f00"), answer(9, fifty)]
    with pytest.raises(DataError) as failure:
        load_responses(paths, key)
    assert str(failure.value).startswith("2 files of 3 cannot be scored:")
    assert "rater 2" in str(failure.value)
    assert "rater 9" in str(failure.value)


def test_ratings_in_the_place_of_the_key(answer, tmp_path):
    with pytest.raises(DataError, match="It comes first, then the files of ratings"):
        load_key(answer(1, fifty))
    with pytest.raises(DataError, match="No such file"):
        load_key(tmp_path / "nowhere.json")
