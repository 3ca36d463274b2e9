"""Scaper's scenes on our engine: its places and levels, from the plans that it wrote."""

import json
import shutil

import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.blobs import BlobStore, decode_grid
from audio_omni.plugins.audioedit.scaper.importing import import_scene
from audio_omni.plugins.audioedit.scaper.jams import read_scene
from audio_omni.plugins.audioedit.scaper.rendering import render_scenes
from audio_omni.plugins.audioedit.synthesis.plan import ScenePlan
from audio_omni.plugins.audioedit.synthesis.render import Renderer
from audio_omni.plugins.manager import build_plugin_manager
from scaper_scenes import FOLDER, SCENES, told_of, write_sounds

FADE = 160
"""Samples of a fade of 10 ms, within which the curves differ."""


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scaper")
    write_sounds(folder)
    return folder


@pytest.fixture(scope="module")
def expected():
    return json.loads((FOLDER / "expected.json").read_text())["scenes"]


@pytest.fixture(scope="module", params=SCENES)
def both(request, sounds, expected, tmp_path_factory):
    """What Scaper made of a scene, and our tracks of it before the common gain."""
    scene = read_scene(FOLDER / f"{request.param}.jams")
    blobs = BlobStore(tmp_path_factory.mktemp("blobs"))
    made = import_scene(scene, blobs, [sounds])
    tracks = Renderer(made.config, blobs, None).render(made.plan)
    scale = 2.0**-23 / tracks.gain
    return expected[request.param], made, tracks, scale


def test_a_background_has_scapers_level_sample_by_sample(both):
    theirs, _, tracks, scale = both
    ours, wanted = (tracks.background * scale)[::101], np.array(theirs["parts"][0]["every_101st"])
    assert len(tracks.background) == theirs["parts"][0]["samples"]
    factor = ours @ wanted / (wanted @ wanted)
    assert abs(20 * np.log10(factor)) < 0.02
    np.testing.assert_allclose(ours, factor * wanted, atol=2e-6)


def test_events_stand_where_scaper_puts_them_and_are_as_loud(both):
    theirs, made, tracks, scale = both
    assert len(tracks.events) == len(theirs["parts"]) - 1
    for planned, grid, wanted in zip(
        made.plan.events, tracks.events, theirs["parts"][1:], strict=True
    ):
        own = told_of(grid * scale)
        assert abs(own["first"] - wanted["first"]) <= 1
        assert planned.onset <= wanted["first"] <= planned.onset + 1
        assert abs(own["last"] - wanted["last"]) <= 2
        ours, other = np.array(own["every_101st"]), np.array(wanted["every_101st"])
        places = np.arange(len(ours)) * 101
        inner = (places >= planned.onset + FADE) & (places < planned.onset + planned.length - FADE)
        factor = ours[inner] @ other[inner] / (other[inner] @ other[inner])
        # Ours is faded before it is levelled, so what the fade takes is given back: of a knock,
        # which is loudest where it begins, half a decibel.
        lost = 1.0 if planned.length < 0.4 * 16000 else 0.1
        assert -0.02 <= 20 * np.log10(factor) < lost
        np.testing.assert_allclose(ours[inner], factor * other[inner], atol=5e-4 * abs(other).max())


def test_the_whole_follows_scapers_levels(both):
    theirs, _, tracks, scale = both
    ours = told_of(tracks.mixture() * scale)
    levels, wanted = np.array(ours["rms"]), np.array(theirs["mix"]["rms"])
    assert len(levels) == len(wanted) == 200
    apart = np.abs(20 * np.log10(levels / wanted))
    assert np.median(apart) < 0.25
    assert np.quantile(apart, 0.95) < 1.5  # but where a fade is


def test_the_goldens_have_a_hot_scene_and_a_sound_under_a_block(sounds, tmp_path):
    blobs = BlobStore(tmp_path)
    made = {n: import_scene(read_scene(FOLDER / f"{n}.jams"), blobs, [sounds]) for n in SCENES}
    gains = {n: Renderer(m.config, blobs, None).render(m.plan).gain for n, m in made.items()}
    assert gains["quiet"] == 1.0
    assert gains["hot"] < 0.9
    assert len(made["overlapping"].plan.events) == 3
    assert min(e.length for e in made["hot"].plan.events) < 0.4 * 16000


def changed(tmp_path, change):
    found = json.loads((FOLDER / "quiet.jams").read_text())
    change(found["annotations"][0])
    path = tmp_path / "changed.jams"
    path.write_text(json.dumps(found))
    return path


def test_pitch_stretch_and_an_event_beyond_the_end_are_planned(sounds, tmp_path):
    def change(annotation):
        annotation["data"][1]["value"] |= {
            "pitch_shift": 1.5, "time_stretch": 1.2, "event_time": 1.5
        }  # fmt: skip

    made = import_scene(read_scene(changed(tmp_path, change)), BlobStore(tmp_path), [sounds])
    (event,) = made.plan.events
    assert (event.pitch_semitones, event.stretch, event.onset) == (1.5, 1.2, 24000)
    assert event.length == 8000  # to the end of the scene
    assert event.frames == np.ceil(8000 / 1.2)
    assert made.config.synthesis.warper.name == "signalsmith"
    assert made.config.synthesis.pitch_semitones == (1.5, 1.5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda a: a.update(namespace="beat"), "0 annotations of namespace 'scaper'"),
        (lambda a: a["sandbox"]["scaper"].update(reverb=0.2), "has reverb"),
        (lambda a: a["sandbox"]["scaper"].update(n_channels=2), "2 channels; expected 1"),
        (lambda a: a["sandbox"]["scaper"].pop("ref_db"), "sandbox of Scaper's annotation.*ref_db"),
        (lambda a: a.update(data=a["data"][1:]), "0 backgrounds; expected 1"),
        (lambda a: a.update(data=a["data"][:1]), "nothing to edit"),
        (lambda a: a["data"][1]["value"].update(event_duration=-1), "sound 1.*event_duration"),
        (lambda a: a["data"][1]["value"].update(event_time=2.5), "begins at 2.5 s"),
        (lambda a: a["data"][1]["value"].update(source_time=60), "expected a longer recording"),
        (lambda a: a["data"][1]["value"].update(source_file="gone.wav"), "'gone.wav'.*--audio"),
        (lambda a: a["sandbox"]["scaper"].update(ref_db=3), "fixed_lufs"),
    ],
)
def test_what_cannot_be_planned_says_why(sounds, tmp_path, change, said):
    with pytest.raises(DataError, match=said):
        import_scene(read_scene(changed(tmp_path, change)), BlobStore(tmp_path), [sounds])


@pytest.mark.parametrize("text", ["", "[]", '{"annotations": 1}', '{"annotations": [1]}'])
def test_a_file_that_is_no_jams_is_named(tmp_path, text):
    path = tmp_path / "odd.jams"
    path.write_text(text)
    with pytest.raises(DataError, match=r"odd\.jams cannot be read as JAMS"):
        read_scene(path)


def test_scenes_become_files_whose_integers_add_up(sounds, tmp_path):
    files = [FOLDER / f"{name}.jams" for name in SCENES]
    lines = list(
        render_scenes(files, tmp_path / "out", build_plugin_manager(), audio=sounds, bits=16)
    )
    assert [line["scene"] for line in lines] == list(SCENES)
    assert all(line["refused"] is None for line in lines)
    for name in SCENES:
        folder = tmp_path / "out" / name
        grids = {p.stem: decode_grid(p.read_bytes(), 16)[0] for p in folder.glob("*.flac")}
        total = grids["background"] + sum(g for n, g in grids.items() if n.startswith("event"))
        np.testing.assert_array_equal(grids["mix"], total)
        plan = ScenePlan.model_validate_json((folder / "plan.json").read_text())
        assert len(plan.events) == len(grids) - 2
        assert str(sounds) not in (folder / "plan.json").read_text()


def test_recordings_are_found_by_class_and_name_wherever_they_were(sounds, tmp_path):
    """Scenes keep the paths of the machine that drew them."""
    moved = tmp_path / "moved"
    for sound in (sounds / "audio").glob("*/*/*.wav"):
        (moved / sound.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(sound, moved / sound.parent.name / sound.name)
    (line,) = render_scenes(
        [FOLDER / "quiet.jams"], tmp_path / "out", build_plugin_manager(), audio=moved
    )
    assert line["background_lufs"] == -30.0


def test_a_scene_that_renders_badly_says_why_and_two_of_a_name_are_refused(sounds, tmp_path):
    def change(annotation):
        annotation["sandbox"]["scaper"]["ref_db"] = -1

    hot = changed(tmp_path, change)
    (line,) = render_scenes([hot], tmp_path / "out", build_plugin_manager(), audio=sounds)
    assert line["refused"] in {"too_hot", "background_gain"}
    with pytest.raises(DataError, match="Two scenes are called changed"):
        list(render_scenes([hot, hot], tmp_path / "out", build_plugin_manager()))
