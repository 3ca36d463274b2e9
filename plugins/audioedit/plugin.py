"""Registers the factory of editing pairs: its command, its source and its providers."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import EditProviderSpec
from .providers.activity import EnergyConfig
from .providers.clap import ClapConfig
from .providers.sam_audio import SamAudioConfig
from .providers.sox import SoxConfig


@hookimpl
def register_edit_providers() -> list[EditProviderSpec]:
    """Return what ships with audio-omni."""
    return [
        EditProviderSpec(
            name="signalsmith",
            summary="Pitch and length in one pass by Signalsmith Stretch; keeps short sounds.",
            factory="audio_omni.plugins.audioedit.providers.signalsmith:SignalsmithWarper",
            provides="warper",
        ),
        EditProviderSpec(
            name="energy",
            summary="Where a clip sounds: pydub's rule, relative to the clip's loudest 250 ms.",
            factory="audio_omni.plugins.audioedit.providers.activity:EnergyActivity",
            config=EnergyConfig,
            provides="activity",
        ),
        EditProviderSpec(
            name="clap",
            summary="Sounds and words in one space by CLAP; deterministic windows, raw cosine.",
            factory="audio_omni.plugins.audioedit.providers.clap:ClapScorer",
            config=ClapConfig,
            provides="scorer",
        ),
        EditProviderSpec(
            name="sam_audio",
            summary="SAM-Audio in a process and environment of its own, prompted by a phrase.",
            factory="audio_omni.plugins.audioedit.providers.sam_audio:SamAudioSeparator",
            config=SamAudioConfig,
            provides="separator",
        ),
        EditProviderSpec(
            name="sox",
            summary="Pitch and tempo by the sox program, to compare with Scaper's.",
            factory="audio_omni.plugins.audioedit.providers.sox:SoxWarper",
            config=SoxConfig,
            provides="warper",
        ),
    ]
