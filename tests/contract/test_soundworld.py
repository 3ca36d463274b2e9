from audio_omni.plugins.testing import SourceContract


class SoundworldContract(SourceContract):
    plugin = "audio_omni.plugins.soundworld.plugin"
    name = "soundworld"
    options = {"clip_seconds": 1.0}  # noqa: RUF012 - read only


class TestSounds(SoundworldContract):
    locator = "sounds"


class TestMusic(SoundworldContract):
    locator = "music"


class TestRemove(SoundworldContract):
    locator = "remove"
