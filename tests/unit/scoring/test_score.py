"""Scores of small sets: the numbers are those of the metrics, and nothing is computed twice."""

import pytest
from audio_omni import Ears, Measured, build_metric
from audio_omni.core.media.audio import load_waveform
from audio_omni.evaluation.scoring import worker
from audio_omni.evaluation.scoring.compare import compare

from .conftest import plain, sound, table, write

METRICS = ("lsd", "si_sdr", "log_mel_distance", "band_distance")


def names(root):
    return sorted(p.relative_to(root).with_suffix("").as_posix() for p in root.rglob("*.wav"))


def test_the_numbers_are_those_of_the_metrics(sets, measure, scoring_host):
    report = measure(",".join(METRICS))
    for name in METRICS:
        metric = build_metric(name, scoring_host, ears=Ears(scoring_host))
        for id_ in names(sets / "gen"):
            made, wanted = (load_waveform(sets / side / f"{id_}.wav") for side in ("gen", "ref"))
            metric.update(Measured(made, wanted, id=id_))
        expected, found = metric.compute(), report.result(name)
        assert (found.value, found.interval, found.n) == (expected.value, expected.interval, 4)
        assert found.rows == expected.rows
        assert expected.fingerprint.items() <= found.fingerprint.items()
        assert list(report.clips[name]) == names(sets / "gen")


def test_a_second_run_computes_nothing_and_decodes_nothing(sets, measure, monkeypatch):
    first = measure()
    monkeypatch.setattr("audio_omni.evaluation.scoring.preparing.load_waveform", None)
    monkeypatch.setattr("audio_omni.evaluation.scoring.screening.load_waveform", None)
    second = measure()
    assert plain(second) == plain(first)
    assert (first.made["computed"], first.made["reused"]) == (16, 0)
    assert (second.made["computed"], second.made["reused"]) == (0, 16)


def test_what_is_known_goes_by_content_not_by_name(sets, measure):
    measure()
    for old in sorted((sets / "gen").rglob("*.wav")):
        old.rename(old.with_name(f"x{old.name}"))
    for old in sorted((sets / "ref").rglob("*.wav")):
        old.rename(old.with_name(f"x{old.name}"))
    assert measure().made["computed"] == 0
    write(sets / "gen" / "xclip1.wav", sound(99))
    assert measure().made["computed"] == 3  # one embedding, one value of each other metric


@pytest.mark.parametrize("metric", ["band_sets", "fad", "kad"])
def test_sets_need_no_pairs_and_may_differ_in_size(sets, measure, metric):
    for path in list((sets / "ref").rglob("clip[12].wav")):
        path.rename(path.with_name(f"other-{path.name}"))
    write(sets / "ref" / "one-more.wav", sound(50))
    own = {"embedder": {"name": "bands"}}
    options = {} if metric == "band_sets" else {"options": {metric: own}}
    report = measure(metric, **options)
    found = report.result(metric)
    assert (found.n, found.details["reference_clips"]) == (4, 5)
    assert report.pairing["how"] == "none"
    assert report.clips == {}


def test_metrics_of_pairs_and_of_sets_share_a_run(sets, measure):
    write(sets / "ref" / "lone.wav", sound(50))
    report = measure("band_distance,band_sets", allow_missing=True)
    assert report.result("band_distance").n == 4
    assert report.result("band_sets").details["reference_clips"] == 5
    assert report.pairing["without_generated"] == ["lone"]
    assert "incomplete_pairs" in report.flags


def test_captions_come_from_a_file_of_their_own(sets, measure):
    rows = [{"id": id_, "caption": f"a dog {id_}"} for id_ in names(sets / "gen")]
    captions = table(sets / "captions.jsonl", rows)
    report = measure("band_caption", reference=None, captions=captions)
    assert report.result("band_caption").n == 4
    rows[0]["caption"] = "a cat"
    other = measure("band_caption", reference=None, captions=table(captions, rows))
    texts = [one.result("band_caption").fingerprint["texts"] for one in (report, other)]
    assert texts[0] != texts[1]


def test_a_file_of_pairs_names_what_belongs_together(sets, measure):
    (sets / "pairs.csv").write_text(
        "generated,reference,caption,id\n"
        "clip1,part/clip0,a dog,one\n"
        'clip3.wav,part/clip2.wav,"a cat, asleep",two\n'
    )
    report = measure("band_distance,band_caption", pairs=sets / "pairs.csv")
    assert list(report.clips["band_distance"]) == ["one", "two"]
    assert report.pairing["how"] == "pairs file"
    assert report.pairing["not_named"] == 4


def test_a_manifest_is_a_set(sets, measure):
    rows = [
        {"id": f"row {i}", "path": f"ref/{id_}.wav", "caption": "x"}
        for i, id_ in enumerate(names(sets / "ref"))
    ]
    made = [{**row, "path": row["path"].replace("ref/", "gen/")} for row in rows]
    report = measure(
        "lsd",
        generated=table(sets / "gen.jsonl", made),
        reference=table(sets / "ref.jsonl", rows[::-1]),
    )
    assert list(report.clips["lsd"]) == [f"row {i}" for i in range(4)]


def test_policies_are_applied_recorded_and_part_of_the_fingerprint(sets, measure):
    write(sets / "gen" / "clip1.wav", sound(1, seconds=1.5, rate=16000, channels=2), 16000)
    plain_ = measure("band_distance", durations="as_is")
    changed = measure(
        "band_distance", durations="shorter", sample_rate_hz=16000, level="peak", channels="first"
    )
    assert changed.applied == {"cut": 1, "mixed to mono": 1, "resampled": 7, "scaled": 8}
    assert changed.result("band_distance").fingerprint["policies"]["level"] == "peak"
    assert plain_.applied == {"mixed to mono": 1}
    assert {"mixed_channels_generated", "mixed_rates_generated"} <= set(plain_.flags)
    assert changed.result("band_distance").value != plain_.result("band_distance").value


def test_a_protocols_cut_makes_durations_alike(sets, measure):
    write(sets / "gen" / "clip1.wav", sound(1, seconds=1.5))
    report = measure("band_distance", cut_seconds=0.75)
    assert report.applied == {"cut": 8}


def test_silent_and_clipped_clips_are_counted(sets, measure):
    write(sets / "gen" / "clip1.wav", sound(1, gain=1e-4))
    write(sets / "gen" / "clip3.wav", sound(1, gain=5.0))
    report = measure("lsd")
    made = report.sets["generated"]
    assert (made.silent, made.clipped) == (1, 1)
    assert {"silent_generated", "clipped_generated"} <= set(report.flags)


def test_two_processes_give_the_same_bits_as_one(sets, measure):
    one = measure("lsd,si_sdr,band_distance,band_sets")
    two = measure("lsd,si_sdr,band_distance,band_sets", processes=2, cache="other")
    assert plain(two) == plain(one)
    assert two.made["computed"] == 0  # the processes did it all


def test_clips_that_are_heard_together_are_those_that_are_heard_alone(sets, measure, monkeypatch):
    alone = measure("band_distance,band_sets")
    monkeypatch.setattr("audio_omni.evaluation.scoring.batch._is_on_gpu", lambda _: True)
    assert plain(measure("band_distance,band_sets", cache="other")) == plain(alone)


def test_memory_holds_a_batch_of_clips(sets, measure, monkeypatch):
    most = []

    class Watched(worker.Loaded):
        def get(self, clip):
            found = super().get(clip)
            most.append(len(self._clips))
            return found

    monkeypatch.setattr(worker, "Loaded", Watched)
    monkeypatch.setattr("audio_omni.evaluation.scoring.scoring.BATCH", 2)
    measure()
    assert max(most) == 4


def test_versions_and_digests_are_in_the_report(sets, measure):
    report = measure("lsd")
    assert {"torch", "audio-omni", "plugin scoring", "plugin band_embedder"} <= set(report.versions)
    assert report.sets["generated"].digest != report.sets["reference"].digest
    assert report.result("lsd").fingerprint["reference"] == report.sets["reference"].digest


@pytest.mark.parametrize("option", [{"bands": 8}])
def test_options_of_metrics_and_of_their_networks(sets, measure, option):
    use = {"band_distance": {"embedder": {"name": "bands", "options": option}}}
    found = measure("band_distance", options=use).result("band_distance")
    assert found.fingerprint["embedder"]["options"] == option


def test_word_errors_of_model_and_reference_stand_side_by_side(sets, measure):
    rows = [
        {"id": name, "caption": "x", "transcript": "a loud voice"} for name in names(sets / "gen")
    ]
    captions = table(sets / "captions.jsonl", rows)
    network = {"embedder": {"name": "loud_or_soft"}}
    both = ("word_error_rate", "reference_word_error_rate")
    report = measure(",".join(both), options=dict.fromkeys(both, network), captions=captions)
    of_model, of_people = (report.result(name) for name in both)
    assert (of_model.n, of_people.n) == (4, 4)
    assert set(report.clips["reference_word_error_rate"]) == set(names(sets / "gen"))
    assert of_people.fingerprint["reference"] is not None


def test_the_recordings_own_word_errors_come_along_unless_there_are_no_recordings(sets, measure):
    rows = [{"id": name, "transcript": "a loud voice"} for name in names(sets / "gen")]
    captions = table(sets / "captions.jsonl", rows)
    ears = {"embedder": {"name": "loud_or_soft"}, "limit": 0.9}
    asked = {"options": {"word_error_rate": ears}, "captions": captions}
    report = measure("word_error_rate", **asked)
    beside = report.result("reference_word_error_rate")
    assert [result.name for result in report.results] == [
        "word_error_rate",
        "reference_word_error_rate",
    ]
    assert beside.fingerprint["options"]["limit"] == 0.9
    assert report.request["metrics"] == ["word_error_rate"]
    lone = measure("word_error_rate", reference=None, **asked)
    assert lone.result("reference_word_error_rate") is None
    assert "'reference_word_error_rate' is not known: it needs the reference of each clip." in (
        lone.notes
    )


def test_differences_of_a_rate_over_all_words_have_no_interval_of_means(sets, measure):
    said = ("a loud voice", "a loud voice and much more of it", "a", "soft voice")
    rows = [
        {"id": name, "transcript": text}
        for name, text in zip(names(sets / "gen"), said, strict=True)
    ]
    captions = table(sets / "captions.jsonl", rows)
    ears = {"embedder": {"name": "loud_or_soft"}}
    of = {
        average: {"word_error_rate": {**ears, "average": average}}
        for average in ("corpus", "utterances")
    }
    for average, options in of.items():
        one = measure("word_error_rate", options=options, captions=captions)
        (difference,) = [d for d in compare(one, one) if d.metric == "word_error_rate"]
        assert (difference.interval is None) == (average == "corpus")
