"""The published program's Python interface, over the same engine as our own.

Names of arguments, defaults and results are the published ones (peak-normalised int16 on the
CPU), so that a script for the release runs here unchanged. Our own calls, `run` and `run_batch`,
work on the same object and give a `Result` with provenance.
"""

from __future__ import annotations

import json
import secrets
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...api import AudioOmni
from ...core.catalog import Catalog
from ...core.config import parse_config
from ...core.errors import RequestError, suggestion
from ...core.execution import ExecutionConfig
from ...core.flow.config import SamplingConfig
from ...core.media.audio import Waveform, as_waveform, crop
from ...core.payloads import Example
from ...core.pipeline import LongSource, Result
from .find import default_assets, default_llm
from .opening import open_release
from .output import to_int16
from .published_files import files_beside
from .speech import VOICE_SECONDS, trim_silence

GENERATE = {
    "T2A": "text_to_audio",
    "T2M": "text_to_music",
    "V2A": "video_to_audio",
    "V2M": "video_to_music",
    "TTS": "text_to_speech",
}
EDIT = {
    "Add": "add",
    "Remove": "remove",
    "Extract": "extract",
    "Style Transfer": "style_transfer",
}
SECONDS = 10
MAX_SEED = 2**32


class ReleaseAudioOmni(AudioOmni):
    """What ``AudioOmni("Audio-Omni.json", "model.ckpt")`` gives.

    Attributes:
        sample_rate: samples per second.
        sample_size: samples of a training clip, as the published config has it.
        model_config: the published config as it was read.
    """

    def __init__(
        self,
        config_path: str | Path = "model/Audio-Omni.json",
        ckpt_path: str | Path = "model/model.ckpt",
        device: str = "cuda",
        *,
        assets: str | Path | None = None,
        llm: str | None = None,
        defects: bool = True,
        catalog: Catalog | None = None,
        **execution: Any,
    ) -> None:
        """Load the published files.

        Args:
            config_path: ``Audio-Omni.json``.
            ckpt_path: ``model.ckpt``; ``synchformer_state_dict.pth`` is looked for beside it.
            device: ``"cuda"``, ``"cpu"``, …; where CUDA is asked for and absent, the CPU is
                taken, with a warning.
            assets: the user's copy of the release (its sentences and vocabulary); left out:
                looked for beside the config.
            llm: folder or hub name of the language model; left out: ``QWEN_OMNI_MODEL_PATH``, or
                the published one.
            defects: whether the published program's defects are reproduced; ``False`` corrects
                the random speech mask and the video timing, for example.
            catalog: plugins to use; left out: all that are installed.
            execution: fields of `ExecutionConfig`: ``compile=True``, …. On CUDA the precision is
                bfloat16 unless said otherwise: the release runs in half precision there too
                (``precision="fp16_autocast"`` is its own way, and slower).

        Raises:
            ConfigError: if the config is another model's, or sentences or vocabulary are missing.
            CheckpointError: if the checkpoint is missing, damaged, or does not fit the config.
        """
        from ..manager import build_plugin_manager

        files = files_beside(Path(config_path), Path(ckpt_path))
        config = files.config()
        available = _available(device)
        if available.startswith("cuda"):
            execution.setdefault("precision", "bfloat16")
        super().__init__(
            open_release(
                files,
                catalog or build_plugin_manager(),
                default_assets(files.config_path, Path(assets) if assets else None),
                llm=llm or default_llm(),
                device=available,
                defects=defects,
                execution=parse_config(ExecutionConfig, execution, where="Execution"),
            )
        )
        self.sample_rate = config.sample_rate
        self.sample_size = config.sample_size
        self.model_config: dict[str, Any] = json.loads(files.config_path.read_text("utf-8"))

    def generate(  # type: ignore[override]
        self,
        task: str,
        prompt: str = "",
        *,
        video_path: str | Path | None = None,
        voice_prompt_path: str | Path | None = None,
        voice_ref_text: str | None = None,
        steps: int = 100,
        cfg_scale: float = 7.0,
        seconds_total: float = SECONDS,
        seed: int = -1,
    ) -> Tensor:
        """Make a clip.

        Args:
            task: ``"T2A"``, ``"T2M"``, ``"V2A"``, ``"V2M"`` or ``"TTS"``.
            prompt: what to hear; for TTS what to say; for video a hint, may be empty.
            video_path: what to see, for V2A and V2M.
            voice_prompt_path: a voice to imitate, for TTS; its last 6 s are heard.
            voice_ref_text: what is said in it.
            steps: solver steps.
            cfg_scale: guidance scale.
            seconds_total: 10; the published model makes clips of one length.
            seed: −1 draws one.

        Returns:
            (channels, samples) int16, peak-normalised, 10.96 s long; with a voice prompt the new
            speech alone, trimmed.

        Raises:
            RequestError: for an unknown task, or an argument that the task does not take.
            MediaError: for a file that is missing or cannot be decoded.
        """
        name = _named(task, GENERATE, "generate")
        _check_duration(seconds_total)
        videos = name in {"video_to_audio", "video_to_music"}
        if videos != (video_path is not None):
            raise RequestError(
                f"Task '{task}' {'needs a' if videos else 'takes no'} video_path; got "
                f"{video_path!r}."
            )
        if voice_prompt_path is not None and name != "text_to_speech":
            raise RequestError(f"Task '{task}' takes no voice prompt; use task 'TTS'.")
        request: dict[str, Any]
        if name == "text_to_speech":
            voice = None if voice_prompt_path is None else _last_seconds(voice_prompt_path)
            request = {
                "transcript": prompt,
                "voice_audio": voice,
                "voice_transcript": voice_ref_text,
            }
        else:
            request = {"prompt": prompt or None, "video": video_path}
        given = {field: value for field, value in request.items() if value is not None}
        (example,) = self.pipeline.examples(name, [given])
        # The published program makes and returns the whole clip, whatever is asked for.
        result = self._run_whole(replace(example, seconds=None), steps, cfg_scale, seed)
        samples = result.samples
        if voice_prompt_path is not None:
            samples = trim_silence(samples, self.sample_rate)
        return to_int16(samples[None])

    def edit(  # type: ignore[override]
        self,
        task: str,
        source_audio: str | Path,
        *,
        desc: str = "",
        source_category: str = "",
        target_category: str = "",
        steps: int = 100,
        cfg_scale: float = 7.0,
        seed: int = -1,
        long_source: LongSource = "windows",
    ) -> Tensor:
        """Change a clip.

        Args:
            task: ``"Add"``, ``"Remove"``, ``"Extract"`` or ``"Style Transfer"``.
            source_audio: path of the clip; a shorter one is filled with silence to 10 s.
            desc: the sound to add, remove or extract.
            source_category: for style transfer, what is there.
            target_category: for style transfer, what it should become.
            steps: solver steps.
            cfg_scale: guidance scale.
            seed: −1 draws one.
            long_source: a source over 10 s, which the release cuts silently, is edited in windows
                that overlap, with a warning, or refused (``"refuse"``).

        Returns:
            (channels, samples) int16, peak-normalised: 10.96 s, or as long as a longer source.

        Raises:
            RequestError: for an unknown task, or words that are missing.
            MediaError: for a file that is missing or cannot be decoded.
        """
        name = _named(task, EDIT, "edit")
        words = (
            {"source_category": source_category, "target_category": target_category}
            if name == "style_transfer"
            else {"description": desc}
        )
        (example,) = self.pipeline.examples(name, [{"source_audio": source_audio, **words}])
        window = self.model.window_seconds
        if example.seconds is not None and example.seconds > window:
            if long_source == "windows":
                warnings.warn(
                    f"{source_audio} lasts {example.seconds:.2f} s and the model hears "
                    f"{window:g} s: it is edited in windows that overlap.",
                    stacklevel=2,
                )
            sampling = self._sampling(steps, None, cfg_scale)
            (result,) = self.pipeline.run(
                name,
                [{"source_audio": source_audio, **words}],
                seeds=[_seed(seed)],
                sampling=sampling,
                long_source=long_source,
            )
        else:
            result = self._run_whole(replace(example, seconds=None), steps, cfg_scale, seed)
        return to_int16(result.samples[None])

    def stream_answer(
        self, question: str, *, audio: Any = None, video: Any = None, **options: Any
    ) -> Iterator[str]:
        """Yield the answer as it is made, piece by piece; arguments as in `AudioOmni`.

        A video is heard as well as seen, as in the release. There, the text of the whole
        conversation comes back; this is the answer alone.
        """
        media = {"audio": audio, "video": video}
        request = {name: value for name, value in media.items() if value is not None}
        if video is not None and audio is None:
            request["use_video_audio"] = True
        return self.pipeline.answer("understanding", {"question": question, **request}, **options)

    def _run_whole(self, example: Example, steps: int, cfg_scale: float, seed: int) -> Result:
        sampling: SamplingConfig = self._sampling(steps, None, cfg_scale)
        return self.pipeline.run_examples([example], [_seed(seed)], sampling)[0]


def _named(task: str, known: Mapping[str, str], call: str) -> str:
    name = task.strip()
    if name in known:
        return known[name]
    other = {**GENERATE, **EDIT}
    elsewhere = " Use the other call." if name in other else suggestion(name, known)
    raise RequestError(
        f"{call}() got the task {task!r}; expected one of {', '.join(known)}.{elsewhere}"
    )


def _check_duration(seconds: float) -> None:
    if seconds != SECONDS:
        raise RequestError(
            f"Got seconds_total = {seconds}; expected {SECONDS}: the published model makes clips "
            "of one length. Cut the result, or use run(…, seconds=…), which does."
        )


def _available(device: str) -> str:
    if device.startswith("cuda") and not torch.cuda.is_available():
        warnings.warn(
            f"Device '{device}' was asked for, but this machine has no CUDA device: the CPU is "
            "used, which is much slower.",
            stacklevel=3,
        )
        return "cpu"
    return device


def _seed(seed: int) -> int:
    return secrets.randbelow(MAX_SEED) if seed == -1 else seed


def _last_seconds(path: str | Path) -> Waveform:
    """Return the end of a voice prompt, as much as the published web page takes."""
    voice = as_waveform(path)
    kept = round(VOICE_SECONDS * voice.sample_rate_hz)
    samples = int(voice.samples.shape[-1])
    return voice if samples <= kept else crop(voice, samples - kept, kept)
