"""The published program's Python interface, over the same engine as our own.

Names of arguments, defaults and results are the published ones (peak-normalised int16 on the
CPU), so that a script for the release runs here unchanged. Our own calls, `run` and `run_batch`,
work on the same object and give a `Result` with provenance.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from ...api import AudioOmni
from ...core.catalog import Catalog
from ...core.config import parse_config
from ...core.execution import ExecutionConfig
from ...core.flow.config import SamplingConfig
from ...core.payloads import Example
from ...core.pipeline import LongSource
from ...core.result import Result
from .find import default_assets, default_llm
from .opening import open_release
from .output import to_int16
from .published_calls import (
    SECONDS,
    available_device,
    edit_request,
    generate_request,
    seed_of,
)
from .published_files import files_beside
from .speech import trim_silence


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
        available = available_device(device)
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
        name, request = generate_request(
            task,
            prompt,
            video_path=video_path,
            voice_prompt_path=voice_prompt_path,
            voice_ref_text=voice_ref_text,
            seconds_total=seconds_total,
        )
        (example,) = self.pipeline.examples(name, [request])
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
        name, request = edit_request(
            task,
            source_audio,
            desc=desc,
            source_category=source_category,
            target_category=target_category,
        )
        (example,) = self.pipeline.examples(name, [request])
        window = self.model.window_seconds
        if example.seconds is None or example.seconds <= window:
            result = self._run_whole(replace(example, seconds=None), steps, cfg_scale, seed)
            return to_int16(result.samples[None])
        if long_source == "windows":
            warnings.warn(
                f"{source_audio} lasts {example.seconds:.2f} s and the model hears {window:g} s: "
                "it is edited in windows that overlap.",
                stacklevel=2,
            )
        (result,) = self.pipeline.run(
            name,
            [request],
            seeds=[seed_of(seed)],
            sampling=self._sampling(name, steps, None, cfg_scale),
            long_source=long_source,
        )
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
        sampling: SamplingConfig = self._sampling(example.task, steps, None, cfg_scale)
        return self.pipeline.run_examples([example], [seed_of(seed)], sampling)[0]
