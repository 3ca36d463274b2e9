"""The page knows what it needs and no more; the key knows the rest."""

import base64
import io
import json
import re
import stat

import numpy as np
import pytest
import soundfile
import torch
from audio_omni.core.cli.main import main
from audio_omni.core.errors import DataError, MediaError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.evaluation.study.key import load_key
from audio_omni.evaluation.study.levels import loudness_lufs
from audio_omni.evaluation.study.making import make_study
from audio_omni.evaluation.study.pictures import silent_video
from audio_omni.evaluation.study.request import StudyRequest

pytest.importorskip("pyloudnorm", reason="levels are measured with pyloudnorm (extra eval)")


def page_data(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="study">(.*?)</script>', text, re.DOTALL)[1])


def decoded(address):
    data = base64.b64decode(address.removeprefix("data:audio/flac;base64,"), validate=True)
    return soundfile.read(io.BytesIO(data), always_2d=True, dtype="float32")


def test_the_page_holds_all_clips_prompts_and_orders(made, key):
    data = page_data(made.page)
    assert data["study"] == key.study
    assert set(data["clips"]) == set(key.clips)
    assert data["conditions"] == {
        name: {"text": item.prompt, "source": None, "video": None}
        for name, item in key.items.items()
    }
    assert len(data["orders"]) == 6
    for rater in data["orders"]:
        assert list(rater) == ["OVL", "REL"]
        for screens in rater.values():
            heard = [(item, clip) for item, clips in screens for clip in clips]
            assert sorted(heard) == sorted((c.item, name) for name, c in key.clips.items())


def test_nothing_in_the_page_gives_a_system_away(made, key, folders):
    page = made.page.read_text(encoding="utf-8")
    data = page_data(made.page)
    secret = [*key.systems, *(str(folder) for folder in folders.values()), str(key.seed)]
    secret += [clip.sha256 for clip in key.clips.values()]
    secret += ["sha256", "lufs", "anchor", *(f'"{item.id}"' for item in key.items.values())]
    shown = re.sub(r"base64,[\w+/=]+", "", page)
    assert [word for word in secret if re.search(rf"\b{re.escape(word)}\b", shown)] == []
    assert list(data["clips"]) == sorted(data["clips"])
    assert [path.name for path in made.page.parent.iterdir()] == ["study.html"]
    for item in key.items:
        formats = set()
        for name, clip in key.clips.items():
            if clip.item == item:
                raw = base64.b64decode(data["clips"][name].partition(",")[2])
                info = soundfile.info(io.BytesIO(raw))
                formats.add((info.format, info.subtype, info.samplerate, info.channels))
                assert b"conversions" not in raw
        assert formats == {("FLAC", "PCM_16", 22050, 1)}


def test_the_page_loads_nothing_from_anywhere(made):
    page = made.page.read_text(encoding="utf-8")
    assert re.findall(r"https?://|@import|<link|src=|fetch\(|XMLHttpRequest", page) == []


def test_names_do_not_follow_from_the_seed(folders, tmp_path):
    request = StudyRequest(systems={"ours": folders["ours"]}, samples=2, raters=2, seed=5)
    keys = [make_study(request, tmp_path / name).key for name in "ab"]
    assert [item.id for item in keys[0].items.values()] == [
        item.id for item in keys[1].items.values()
    ]
    assert not set(keys[0].clips) & set(keys[1].clips)


def test_clips_are_as_loud_as_the_key_says(made, key):
    data = page_data(made.page)
    for name, clip in key.clips.items():
        samples, rate = decoded(data["clips"][name])
        heard = loudness_lufs(Waveform(torch.from_numpy(samples.T.copy()), rate))
        assert heard == pytest.approx(clip.level.lufs, abs=0.1)
        assert clip.level.lufs == pytest.approx(-23.0, abs=0.1)


def test_each_item_has_systems_a_reference_and_an_anchor(key):
    for item in key.items:
        clips = [clip for clip in key.clips.values() if clip.item == item]
        assert sorted((clip.source, clip.role) for clip in clips) == [
            ("anchor", "anchor"),
            ("ours", "system"),
            ("reference", "reference"),
            ("theirs", "system"),
        ]
        theirs = next(clip for clip in clips if clip.source == "theirs")
        assert "resampled 16000 → 22050 Hz" in theirs.conversions


def test_the_key_is_private_and_reads_back(made):
    assert stat.S_IMODE(made.key_path.stat().st_mode) == 0o600
    assert load_key(made.key_path) == made.key == load_key(made.key_path.parent)


def test_without_prompts_relevance_is_not_asked_for(folders, tmp_path):
    request = StudyRequest(systems={"ours": folders["ours"]}, raters=1, samples=1)
    made = make_study(request, tmp_path)
    assert made.key.scales == ("OVL",)
    assert list(page_data(made.page)["orders"][0]) == ["OVL"]


def test_clips_beside_the_page(folders, tmp_path):
    request = StudyRequest(systems={"ours": folders["ours"]}, raters=1, samples=2, audio="beside")
    made = make_study(request, tmp_path)
    addresses = page_data(made.page)["clips"]
    assert sorted(addresses.values()) == sorted(f"clips/{name}.flac" for name in made.key.clips)
    for address in addresses.values():
        assert soundfile.info(str(made.page.parent / address)).samplerate == 22050


def write_video(path, codec, seconds=1):
    av = pytest.importorskip("av", reason="videos are read with PyAV (extra data)")
    with av.open(str(path), "w") as container:
        pictures = container.add_stream(codec, rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream("aac", rate=16000, layout="mono")
        for number in range(10 * seconds):
            pixels = np.full((48, 64, 3), 20 * number % 255, np.uint8)
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        noise = np.zeros((1, 16000 * seconds), np.float32)
        frame = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
        frame.sample_rate = 16000
        container.mux(sound.encode(frame))
        container.mux([*pictures.encode(), *sound.encode()])
    return path


def test_agreement_may_be_with_a_video_or_with_a_clip_to_be_edited(folders, tmp_path):
    av = pytest.importorskip("av", reason="videos are read with PyAV (extra data)")
    write_video(tmp_path / "dog.mp4", "libx264")
    source = folders["reference"] / "rain.wav"
    rows = [
        {"id": "dog", "video": "dog.mp4"},
        {"id": "rain", "source_audio": str(source), "instruction": "Remove the rain"},
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    clips = {name: folders["ours"] / f"{name}.wav" for name in ("dog", "rain")}
    (tmp_path / "ours").mkdir()
    for name, path in clips.items():
        (tmp_path / "ours" / f"{name}.wav").write_bytes(path.read_bytes())
    request = StudyRequest(
        systems={"ours": tmp_path / "ours"}, prompts=tmp_path / "rows.jsonl", raters=1
    )
    made = make_study(request, tmp_path / "study")
    shown = page_data(made.page)["conditions"]
    by_id = {item.id: shown[name] for name, item in made.key.items.items()}
    assert (by_id["dog"]["text"], by_id["rain"]["text"]) == (None, "Remove the rain")
    samples, rate = decoded(by_id["rain"]["source"])
    loudness = loudness_lufs(Waveform(torch.from_numpy(samples.T.copy()), rate))
    assert loudness == pytest.approx(-23.0, abs=0.1)
    kind, _, data = by_id["dog"]["video"].partition(";base64,")
    assert kind == "data:video/mp4"
    with av.open(io.BytesIO(base64.b64decode(data))) as container:
        assert not container.streams.audio  # it would be the answer
        assert sum(1 for _ in container.decode(video=0)) == 10


def test_a_video_that_browsers_do_not_play_is_refused(tmp_path):
    with pytest.raises(MediaError, match="is encoded as mpeg4; expected one of h264"):
        silent_video(write_video(tmp_path / "old.mp4", "mpeg4"))


def test_what_a_reader_should_know_is_told(folders, write_clips, tmp_path):
    short = write_clips(tmp_path / "short", seconds=0.3)
    silent = write_clips(tmp_path / "silent")
    for path in silent.rglob("*.wav"):
        soundfile.write(path, torch.zeros(13230).numpy(), 22050)
    request = StudyRequest(
        systems={"short": short, "silent": silent, "ours": folders["ours"]}, samples=1, raters=1
    )
    told = "\n".join(make_study(request, tmp_path / "out").told)
    assert "differ in length (short 0.30 s, silent 0.60 s, ours 0.60 s)" in told
    assert "short: its loudness cannot be measured (shorter than 0.4 s)" in told
    assert "silent: its loudness cannot be measured (silent)" in told


def test_references_that_their_anchors_equal_are_told(write_clips, tmp_path):
    times = np.arange(22050) / 22050
    for path in write_clips(tmp_path / "hum").rglob("*.wav"):
        soundfile.write(path, 0.1 * np.sin(2 * np.pi * 220 * times), 22050)
    hum = tmp_path / "hum"
    request = StudyRequest(systems={"ours": hum}, reference=hum, samples=1, raters=1)
    (told,) = make_study(request, tmp_path / "out").told
    assert "its anchor can hardly be told from it" in told


def test_requests_that_cannot_be_met(folders, prompts, write_clips, tmp_path):
    ours = {"ours": folders["ours"]}
    with pytest.raises(DataError, match="Asked for 5 samples; 4 ids are common"):
        make_study(StudyRequest(systems=ours, samples=5), tmp_path)
    with pytest.raises(RequestError, match="Got 0 raters"):
        make_study(StudyRequest(systems=ours, raters=0), tmp_path)
    many = {str(number): folders["ours"] for number in range(11)}
    with pytest.raises(RequestError, match="11 systems and two hidden clips are more than the 12"):
        make_study(StudyRequest(systems=many, reference=folders["reference"]), tmp_path)
    more = write_clips(tmp_path / "more", ids=("dog", "frog"))
    with pytest.raises(DataError, match="'ours' lacks 1 of 5: frog; 'more' lacks 3 of 5"):
        make_study(StudyRequest(systems={**ours, "more": more}), tmp_path)
    with pytest.raises(DataError, match="no prompt for 1 of 2 items: frog"):
        make_study(StudyRequest(systems={"more": more}, prompts=prompts), tmp_path)
    assert not (tmp_path / "key.json").exists()


def test_a_study_is_not_written_over(folders, tmp_path):
    request = StudyRequest(systems={"ours": folders["ours"]}, samples=1, raters=1)
    first = make_study(request, tmp_path).key
    with pytest.raises(RequestError, match="exists already"):
        make_study(request, tmp_path)
    assert load_key(tmp_path) == first


def test_the_command(folders, prompts, tmp_path, capfd):
    arguments = ["study", "make", "--system", f"ours={folders['ours']}", "--prompts", str(prompts)]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "-o", str(tmp_path), "--raters", "2", "--samples", "1", "--json"])
    assert (ended.value.code or 0) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["items"] == report["clips"] == 1
    assert report["scales"] == ["OVL", "REL"]
    assert load_key(tmp_path).study == report["study"]
    with pytest.raises(SystemExit) as ended:
        main(["study", "make", "--system", "ours", "-o", str(tmp_path)])
    assert ended.value.code == 1
    assert "expected NAME=DIR" in capfd.readouterr().err
