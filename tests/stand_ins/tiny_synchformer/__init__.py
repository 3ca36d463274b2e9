"""A plugin with a tiny Synchformer of the published classes; it learned nothing."""

from audio_omni import EmbedderSpec, hookimpl
from audio_omni.evaluation.embedders.config import SynchformerConfig


@hookimpl
def register_embedders():
    return [
        EmbedderSpec(
            name="tiny_synchformer",
            summary="Synchformer, tiny and random.",
            factory=f"{__name__}.parts:TinySynchformer",
            config=SynchformerConfig,
            outputs=("embedding",),
            reads=("audio", "video"),
        )
    ]
