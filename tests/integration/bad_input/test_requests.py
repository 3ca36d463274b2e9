"""Requests on the command line that cannot be served."""

import pytest


def test_no_task_lists_the_tasks(cli):
    status, out, _ = cli("run")
    assert status == 2
    assert "text_to_audio" in out
    assert "audio-omni run TASK --help" in out


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("text_to_audo",), 2, "Unknown task 'text_to_audo'. Did you mean 'text_to_audio'"),
        (("t2a",), 2, "Did you mean 'T2A'"),
        (("juggle",), 2, "Unknown task 'juggle'. Known: text_to_audio"),
        (("T2A",), 2, "Missing option '--prompt'"),
        (("T2A", "--prompt", "x", "--source-audio", "ok.wav"), 2, "No such option"),
        (("add", "--source-audio", "ok.wav"), 2, "Missing option '--description'"),
        (("T2A", "--prompt", "x", "--seed", "1.5"), 2, "valid integer"),
        (("T2A", "--prompt", "x", "--seed", "-1"), 1, "Got the seed -1; expected a whole number"),
        (("T2A", "--prompt", "x", "--seed", str(2**64)), 1, f"Got the seed {2**64}"),
        (("T2A", "--prompt", "x", "--seconds", "-1"), 1, "greater than 0 (got -1.0)"),
        (("T2A", "--prompt", "x", "--seconds", "inf"), 1, "finite number (got inf)"),
        (("T2A", "--prompt", "x", "--seconds", "9"), 1, "at most 3 s. Ask for fewer seconds"),
        (("T2A", "--prompt", "x", "--steps", "0"), 1, "'steps': Input should be greater than 0"),
        (("T2A", "--prompt", "x", "--guidance-scale", "-1"), 1, "'guidance_scale'"),
        (("T2A", "--prompt", "x", "--guidance-scale", "1e30"), 1, "Use a smaller guidance scale"),
        (("T2A", "--prompt", "x", "--solver", "eule"), 1, "Did you mean 'euler'"),
        (("T2A", "--prompt", "x", "--device", "tpu"), 1, "Unknown device 'tpu'; expected auto"),
        (("T2A", "--prompt", "x", "--device", "meta"), 1, "cannot be used here"),
        (("T2A", "--prompt", " "), 1, "'prompt': is empty; expected words"),
        (("T2A", "--prompt", "dog " * 10_000), 1, "expected at most max_tokens = 2048"),
        (("T2A", "--prompt", "f\udcfcr"), 1, "is not text in UTF-8 (character 1)"),
        (("T2A", "--prompt", "<|audio_bos|>"), 1, "a control token of the language model"),
        (("T2A", "--prompt", "x", "-o", "a.mp3"), 1, "suffix '.mp3'; expected one of .flac"),
        (("T2A", "--prompt", "x", "-o", "none/a.flac"), 1, "there is no folder 'none'"),
        (("T2A", "--prompt", "x", "-o", "folder.wav"), 1, "it is a folder; expected the name"),
        (("T2A", "--prompt", "x", "--model", "none"), 1, "none does not exist; expected a run"),
        (("T2A", "--prompt", "x", "--model", "folder.wav"), 1, "holds no checkpoint"),
        (("T2A", "--prompt", "x", "--model", "ok.wav"), 1, "is a file; expected a run folder"),
    ],
)
def test_bad_requests(run, workspace, arguments, status, words):
    before = sorted(path.name for path in workspace.iterdir())
    got, out, err = run(*arguments)
    assert (got, out) == (status, "")
    assert words in err
    assert "Traceback" not in err
    assert sorted(path.name for path in workspace.iterdir()) == before


CONVERT = ("VC", "--source-audio", "ok.wav", "--transcript", "Hi.")
RESAY = ("speech_editing", "--source-audio", "ok.wav", "--transcript", "Hi.", "--start-seconds")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("TTS",), 2, "Missing option '--transcript'"),
        (("TTS", "--transcript", " "), 1, "'transcript': is empty; expected words"),
        (("TTS", "--transcript", "Hi.", "--voice-transcript", "Ho."), 1, "without voice_audio"),
        (CONVERT, 2, "Missing option '--voice-audio'"),
        ((*CONVERT, "--voice-audio", "none.wav"), 1, "none.wav does not exist"),
        ((*CONVERT, "--voice-audio", "five_seconds.wav"), 1, "got 6.000 s of audio"),
        ((*CONVERT, "--voice-audio", "ok.wav", "--long-source", "windows"), 2, "No such option"),
        (RESAY[:-1], 2, "Missing option '--start-seconds'"),
        ((*RESAY, "0.5", "--end-seconds", "1.5"), 1, "to 1.5 s; the source lasts 1.000 s"),
        ((*RESAY, "0.5", "--end-seconds", "0.2"), 1, "expected start_seconds below end_seconds"),
        (
            (*RESAY, "0.1", "--end-seconds", "0.2", "--source-transcript", "hi."),
            1,
            "transcript says what source_transcript says, so there is nothing to edit",
        ),
        (("add", "--description", "rain"), 2, "Missing option '--source-audio'"),
        (("instruction_editing", "--source-audio", "ok.wav"), 2, "Missing option '--instruction'"),
        (
            ("instruction_editing", "--source-audio", "ok.wav", "--instruction", " "),
            1,
            "'instruction': is empty; expected words",
        ),
        (("in_context_generation", "--instruction", "x"), 2, "Missing option '--reference-audio'"),
        (("V2A", "--prompt", "x"), 2, "Missing option '--video'"),
        (("V2A", "--video", "ok.wav"), 1, "ok.wav holds sound only; expected a file with a video"),
    ],
)
def test_the_wrong_mix_of_inputs(run, arguments, status, words):
    got, out, err = run(*arguments)
    assert (got, out) == (status, "")
    assert words in err
    assert "Traceback" not in err


def test_a_question_with_one_answer_to_choose_from(cli):
    flags = ("--question", "What?", "--choices", "a dog")
    status, out, err = cli("run", "understanding", "--model", "run", *flags)
    assert (status, out) == (1, "")
    assert "'choices': List should have at least 2 items" in err


def test_an_output_is_never_replaced_unasked(run, workspace):
    status, _, err = run("T2A", "--prompt", "x", output="exists.flac", overwrite=False)
    assert status == 1
    assert "exists.flac exists; choose another name, or add --overwrite" in err
    assert (workspace / "exists.flac").read_bytes() == b"what was here before"


@pytest.mark.parametrize("prompt", ["🐶🔥 und Regen", "狗在叫，下雨", "x\x00y"])
def test_any_text_is_a_prompt(run, prompt):
    status, _, err = run("T2A", "--prompt", prompt)
    assert status == 0, err
