"""The providers that ship with audio-omni, sorted by kind; imports none of them."""

from __future__ import annotations

from ....core.specs import EditProviderSpec
from .activity import EnergyConfig
from .audiobox_aesthetics import AestheticsConfig
from .clap import ClapConfig
from .ctc_aligner import CtcAlignerConfig
from .dataset_labeler import DatasetLabelerConfig
from .editor_diffusers import DiffusersEditorConfig
from .editor_flow import FlowEditorConfig
from .editor_stable_audio import StableAudioEditorConfig
from .gemini.config import GeminiLabelerConfig, GeminiParaphraserConfig, GeminiStyleWordsConfig
from .given_words import GivenWordsConfig
from .mllm.config import MllmLabelerConfig, MllmParaphraserConfig, MllmStyleWordsConfig
from .pe_audio import PeAudioConfig
from .sam_audio import SamAudioConfig
from .sam_audio_judge import SamAudioJudgeConfig
from .sox import SoxConfig
from .table_style_words import TableStyleWordsConfig

_HERE = __name__.rpartition(".")[0]

PROVIDERS: tuple[EditProviderSpec, ...] = (
    EditProviderSpec(
        name="ctc_aligner",
        summary="When words are said, by torchaudio's forced alignment with MMS's weights.",
        factory=f"{_HERE}.ctc_aligner:CtcAligner",
        config=CtcAlignerConfig,
        provides="aligner",
    ),
    EditProviderSpec(
        name="given_words",
        summary="When words are said, as told: of a row, a CTM, a TextGrid or JSON; hears nothing.",
        factory=f"{_HERE}.given_words:GivenWords",
        config=GivenWordsConfig,
        provides="aligner",
    ),
    EditProviderSpec(
        name="energy",
        summary="Where a clip sounds: pydub's rule, relative to the clip's loudest 250 ms.",
        factory=f"{_HERE}.activity:EnergyActivity",
        config=EnergyConfig,
        provides="activity",
    ),
    EditProviderSpec(
        name="diffusers_editor",
        summary="Turns a sound into another by ZETA with AudioLDM2 of diffusers; 16 kHz inside.",
        factory=f"{_HERE}.editor_diffusers:DiffusersEditor",
        config=DiffusersEditorConfig,
        provides="editor",
    ),
    EditProviderSpec(
        name="flow_editor",
        summary="Turns a sound into another by edit-friendly inversion with a model trained here.",
        factory=f"{_HERE}.editor_flow:FlowEditor",
        config=FlowEditorConfig,
        provides="editor",
    ),
    EditProviderSpec(
        name="stable_audio_editor",
        summary="Turns a sound into another by edit-friendly inversion with Stable Audio Open.",
        factory=f"{_HERE}.editor_stable_audio:StableAudioEditor",
        config=StableAudioEditorConfig,
        provides="editor",
    ),
    EditProviderSpec(
        name="dataset_labeler",
        summary="The class that a data set gives, as the only source; hears nothing.",
        factory=f"{_HERE}.dataset_labeler:DatasetLabeler",
        config=DatasetLabelerConfig,
        provides="labeler",
    ),
    EditProviderSpec(
        name="gemini_labeler",
        summary="Google's Gemini names the sounds of a clip; needs a key, and costs money.",
        factory=f"{_HERE}.gemini.labeler:GeminiLabeler",
        config=GeminiLabelerConfig,
        provides="labeler",
    ),
    EditProviderSpec(
        name="mllm_labeler",
        summary="A language model on this machine, Qwen2.5-Omni, names the sounds of a clip.",
        factory=f"{_HERE}.mllm.labeler:MllmLabeler",
        config=MllmLabelerConfig,
        provides="labeler",
    ),
    EditProviderSpec(
        name="gemini_paraphraser",
        summary="Google's Gemini writes further wordings of an edit, to review; needs a key.",
        factory=f"{_HERE}.gemini.paraphraser:GeminiParaphraser",
        config=GeminiParaphraserConfig,
        provides="paraphraser",
    ),
    EditProviderSpec(
        name="mllm_paraphraser",
        summary="A language model on this machine writes further wordings of an edit, to review.",
        factory=f"{_HERE}.mllm.paraphraser:MllmParaphraser",
        config=MllmParaphraserConfig,
        provides="paraphraser",
    ),
    EditProviderSpec(
        name="clap",
        summary="Sounds and words in one space by CLAP; deterministic windows, raw cosine.",
        factory=f"{_HERE}.clap:ClapScorer",
        config=ClapConfig,
        provides="scorer",
    ),
    EditProviderSpec(
        name="pe_audio",
        summary="Where a named sound is, frame by frame, by PE-A-Frame of transformers.",
        factory=f"{_HERE}.pe_audio:PeAudioLocator",
        config=PeAudioConfig,
        provides="locator",
    ),
    EditProviderSpec(
        name="sam_audio",
        summary="SAM-Audio in a process and environment of its own, prompted by a phrase.",
        factory=f"{_HERE}.sam_audio:SamAudioSeparator",
        config=SamAudioConfig,
        provides="separator",
    ),
    EditProviderSpec(
        name="gemini_style_words",
        summary="Google's Gemini suggests sounds in a sound's place; needs a key.",
        factory=f"{_HERE}.gemini.style_words:GeminiStyleWords",
        config=GeminiStyleWordsConfig,
        provides="style_writer",
    ),
    EditProviderSpec(
        name="mllm_style_words",
        summary="A language model on this machine suggests sounds in a sound's place.",
        factory=f"{_HERE}.mllm.style_words:MllmStyleWords",
        config=MllmStyleWordsConfig,
        provides="style_writer",
    ),
    EditProviderSpec(
        name="table_style_words",
        summary="Sounds of the same group of a table that anyone can read and change.",
        factory=f"{_HERE}.table_style_words:TableStyleWords",
        config=TableStyleWordsConfig,
        provides="style_writer",
    ),
    EditProviderSpec(
        name="signalsmith",
        summary="Pitch and length in one pass by Signalsmith Stretch; keeps short sounds.",
        factory=f"{_HERE}.signalsmith:SignalsmithWarper",
        provides="warper",
    ),
    EditProviderSpec(
        name="sox",
        summary="Pitch and tempo by the sox program, to compare with Scaper's.",
        factory=f"{_HERE}.sox:SoxWarper",
        config=SoxConfig,
        provides="warper",
    ),
    EditProviderSpec(
        name="sam_audio_judge",
        summary="How well a part was taken out of a clip, by SAM-Audio's judge; 1 to 5, four axes.",
        factory=f"{_HERE}.sam_audio_judge:SamAudioJudge",
        config=SamAudioJudgeConfig,
        provides="judge",
    ),
    EditProviderSpec(
        name="audiobox_aesthetics",
        summary="How a part sounds by itself, by Audiobox Aesthetics; 1 to 10, four axes.",
        factory=f"{_HERE}.audiobox_aesthetics:AestheticsJudge",
        config=AestheticsConfig,
        provides="judge",
    ),
)
