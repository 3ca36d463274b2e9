import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import soundfile
import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.page.embedding import audio_uri, choose_format
from audio_omni.core.page.spectrogram import (
    MAX_COLUMNS,
    ROWS,
    loudest_db,
    mel_levels,
    mel_position,
    spectrogram_png,
)
from audio_omni.plugins.demo.page.chart import loss_charts
from audio_omni.plugins.demo.page.render import page_html, render_page
from audio_omni.plugins.demo.page.report import (
    Cell,
    Command,
    DemoReport,
    DemoSample,
    LossHistory,
    Table,
    TaskSection,
)
from PIL import Image

RATE = 16000
VOID = {"meta", "img", "link", "br", "line", "polyline", "input"}
HOSTILE = """<script>alert("x")</script>' onload='y' & $title ${style} \u202e"""


def tone(hertz=1000.0, seconds=0.5, gain=0.5, rate=RATE):
    t = torch.arange(int(seconds * rate)) / rate
    return Waveform(gain * torch.sin(2 * torch.pi * hertz * t)[None], rate)


class Reader(HTMLParser):
    """Collects tags and fails on what does not nest."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.stack, self.tags, self.texts = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def read(page):
    reader = Reader(page)
    assert reader.stack == []
    return reader


def report(*samples, **others):
    section = TaskSection("add", "Add", "Adds.", "the bell", samples)
    return DemoReport("Title", "Summary", sections=[section], **others)


FULL = report(
    DemoSample("Add a bell", tone(), tone(500), tone(2000), {"LSD": 0.51234}),
    DemoSample("Sing", tone(), note="A note."),
    facts={"steps": "4,000"},
    losses=LossHistory([(1, 2.0), (2, 1.0), (3, 0.5)], {"add": [(1, 2.0), (3, 0.7)]}),
    tables=[Table("Numbers", ("Task", "Ours"), [("Add", Cell("0.5", best=True))], "Lower.")],
    environment={"torch": "2.10"},
    commands=[Command("mlflow ui", "All curves.")],
)


def test_page_nests_and_has_unique_anchors():
    reader = read(page_html(FULL))
    identifiers = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(identifiers) == len(set(identifiers))
    anchors = {a["href"][1:] for a in reader.all("a")}
    assert anchors <= set(identifiers)


def test_page_loads_nothing():
    reader = read(page_html(FULL))
    for _, attrs in reader.tags:
        for name in ("src", "href", "srcset", "action", "poster", "data"):
            value = attrs.get(name, "#")
            assert value.startswith(("#", "data:")), value
    page = page_html(FULL)
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|https?:", page)
    assert not reader.all("link")


def test_every_clip_has_a_player_with_a_name():
    reader = read(page_html(FULL))
    assert len(reader.all("audio")) == len(reader.all("img")) == 4
    buttons = [b for b in reader.all("button") if b.get("class") == "spec"]
    assert [b["aria-label"] for b in buttons] == [
        "Play: Input, Add 1",
        "Play: Exact answer, Add 1",
        "Play: Model, Add 1",
        "Play: Model, Add 2",
    ]
    assert all(image["alt"] for image in reader.all("img"))


def test_the_embedded_sound_is_the_clip():
    page = page_html(report(DemoSample("Sing", tone(700))))
    (audio,) = read(page).all("audio")
    kind, _, content = audio["src"].partition(";base64,")
    assert kind == "data:audio/flac"
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(content)))
    assert rate == RATE
    assert np.abs(samples - tone(700).samples[0].numpy()).max() < 1e-4


def test_hostile_words_stay_words():
    hostile = DemoReport(
        HOSTILE,
        HOSTILE,
        {HOSTILE: HOSTILE},
        [
            TaskSection(
                "add",
                HOSTILE,
                HOSTILE,
                HOSTILE,
                [DemoSample(HOSTILE, tone(), tone(), tone(), {HOSTILE: HOSTILE}, HOSTILE)],
                target_title=HOSTILE,
            )
        ],
        LossHistory([(1, 1.0), (2, 0.5)], {HOSTILE: [(1, 1.0), (2, 0.5)]}),
        [Table(HOSTILE, (HOSTILE, "x"), [(HOSTILE, Cell(HOSTILE))], HOSTILE)],
        {HOSTILE: HOSTILE},
        [Command(HOSTILE, HOSTILE)],
    )
    reader = read(page_html(hostile))
    assert len(reader.all("script")) == 1
    assert not any("onload" in attrs for _, attrs in reader.tags)
    assert sum(HOSTILE in text for text in reader.texts) >= 15


def test_page_without_anything_still_says_so():
    reader = read(page_html(DemoReport("Empty", "")))
    words = " ".join(reader.texts)
    for sentence in ("No samples were made", "Nothing was measured", "No loss was recorded"):
        assert sentence in words


def test_task_without_samples_says_so():
    assert "No sample was made for this task" in page_html(report())


@pytest.mark.parametrize("samples", [torch.zeros(1, 8000), torch.zeros(2, 8000), torch.zeros(1, 0)])
def test_silence_and_emptiness_are_shown_dark(samples):
    clip = Waveform(samples, RATE)
    reader = read(page_html(report(DemoSample("Hush", clip))))
    (image,) = reader.all("img")
    content = base64.b64decode(image["src"].partition(",")[2])
    assert np.asarray(Image.open(io.BytesIO(content)).convert("L")).max() < 20


def test_non_finite_samples_do_not_break_the_page():
    clip = tone()
    clip.samples[0, 5] = float("nan")
    read(page_html(report(DemoSample("Broken", clip))))


def test_render_replaces_the_page_whole(tmp_path):
    path = tmp_path / "deep" / "page.html"
    assert render_page(FULL, path) == path
    first = path.read_text(encoding="utf-8")
    assert first == page_html(FULL)  # the same report gives the same bytes
    render_page(DemoReport("Other", ""), path)
    assert "<title>Other</title>" in path.read_text(encoding="utf-8")
    assert [item.name for item in path.parent.iterdir()] == ["page.html"]


def test_best_value_is_bold():
    assert "<td><strong>0.5</strong></td>" in page_html(FULL)


def test_long_reports_change_to_mp3_and_stay_small():
    rng = torch.Generator().manual_seed(0)
    clips = [Waveform(torch.randn(1, RATE, generator=rng) * 0.2, RATE) for _ in range(3)]
    assert choose_format(clips, budget_bytes=1_000_000) == "FLAC"
    assert choose_format(clips, budget_bytes=50_000) == "MP3"
    assert len(audio_uri(clips[0], "MP3")) < 0.5 * len(audio_uri(clips[0], "FLAC"))


def test_a_tone_lights_the_row_of_its_frequency():
    levels = mel_levels(tone(2000.0, seconds=1.0))
    assert levels.shape[0] == ROWS
    assert levels.shape[1] <= MAX_COLUMNS
    row = int(levels[:, 50:-50].mean(axis=1).argmax())
    assert abs((row + 0.5) / ROWS - mel_position(2000.0, RATE)) < 1.5 / ROWS


def test_full_scale_sine_is_about_zero_db():
    levels = mel_levels(tone(2000.0, seconds=1.0, gain=1.0))
    assert loudest_db([levels]) == pytest.approx(0.0, abs=4.0)


def test_picture_shows_low_frequencies_at_the_bottom():
    levels = np.full((4, 3), -100.0)
    levels[0] = 0.0
    image = Image.open(io.BytesIO(spectrogram_png(levels, 0.0))).convert("L")
    pixels = np.asarray(image)
    assert pixels.shape == (4, 3)
    assert pixels[-1].min() > 200
    assert pixels[:-1].max() < 20


def test_colours_grow_brighter():
    ramp = np.linspace(-70, 0, 64)[None]
    image = Image.open(io.BytesIO(spectrogram_png(ramp, 0.0))).convert("L")
    brightness = np.asarray(image)[0].astype(int)
    assert (np.diff(brightness) >= 0).all()
    assert brightness[-1] - brightness[0] > 200


def test_chart_leaves_out_what_has_no_logarithm():
    curve = [(1, 2.0), (2, 0.0), (3, float("nan")), (4, float("inf")), (5, 1.0), (6, 0.5)]
    chart = loss_charts(LossHistory(curve, {"add": []}), {})
    assert "nan" not in chart
    assert "inf" not in chart
    assert chart.count("<polyline") == 2  # wide and narrow
    read(chart)


def test_chart_names_every_task_once_per_place():
    losses = LossHistory(tasks={"add": [(1, 2.0), (9, 1.0)], "remove": [(1, 2.0), (9, 1.001)]})
    chart = loss_charts(losses, {"add": "Add"})
    places = [float(y) for y in re.findall(r'class="name c\d" x="\d+" y="([\d.]+)"', chart)]
    assert len(places) == 2
    assert abs(places[0] - places[1]) >= 16  # labels of near curves do not overlap
    assert "remove" in chart
