from audio_omni.core.hookspecs import hookimpl
from audio_omni.core.specs import EditProviderSpec

from .parts import CriticConfig, HashConfig, OracleConfig, StubConfig, ToyConfig, WhereConfig

HERE = "real_parts.parts"


@hookimpl
def register_edit_providers():
    return [
        EditProviderSpec(
            name="stub",
            summary="Says what a file of labels says.",
            factory=f"{HERE}:Stub",
            config=StubConfig,
            provides="labeler",
        ),
        EditProviderSpec(
            name="where",
            summary="Knows where sounds are.",
            factory=f"{HERE}:Where",
            config=WhereConfig,
            provides="locator",
        ),
        EditProviderSpec(
            name="oracle",
            summary="Knows the stems.",
            factory=f"{HERE}:Oracle",
            config=OracleConfig,
            provides="separator",
        ),
        EditProviderSpec(
            name="hash",
            summary="Knows the bands that sounds of the tests are in.",
            factory=f"{HERE}:Hash",
            config=HashConfig,
            provides="scorer",
        ),
        EditProviderSpec(
            name="critic",
            summary="Scores as a file of scores says.",
            factory=f"{HERE}:Critic",
            config=CriticConfig,
            provides="judge",
        ),
        EditProviderSpec(
            name="toy",
            summary="Moves a sound to the band of another.",
            factory=f"{HERE}:Toy",
            config=ToyConfig,
            provides="editor",
        ),
    ]
