"""The providers that ship with audio-omni, sorted by kind; imports none of them."""

from __future__ import annotations

from ....core.specs import EditProviderSpec
from .activity import EnergyConfig
from .clap import ClapConfig
from .dataset_labeler import DatasetLabelerConfig
from .editor_diffusers import DiffusersEditorConfig
from .editor_flow import FlowEditorConfig
from .editor_stable_audio import StableAudioEditorConfig
from .gemini.config import GeminiLabelerConfig, GeminiStyleWordsConfig
from .mllm.config import MllmLabelerConfig, MllmStyleWordsConfig
from .sam_audio import SamAudioConfig
from .sox import SoxConfig
from .table_style_words import TableStyleWordsConfig

_HERE = __name__.rpartition(".")[0]

PROVIDERS: tuple[EditProviderSpec, ...] = (
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
        name="clap",
        summary="Sounds and words in one space by CLAP; deterministic windows, raw cosine.",
        factory=f"{_HERE}.clap:ClapScorer",
        config=ClapConfig,
        provides="scorer",
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
)
