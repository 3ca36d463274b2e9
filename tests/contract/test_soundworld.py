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


class TestImpacts(SoundworldContract):
    locator = "impacts"


class TestScenes(SoundworldContract):
    locator = "scenes"


class TestQuestions(SoundworldContract):
    locator = "questions"


class TestVideoQuestions(SoundworldContract):
    locator = "video_questions"
    options = {"clip_seconds": 2.0}  # noqa: RUF012 - read only


class TestTranslations(SoundworldContract):
    locator = "translations"


class TestRequests(SoundworldContract):
    locator = "requests"


class TestDescriptions(SoundworldContract):
    locator = "descriptions"


class SpeechContract(SoundworldContract):
    options = {"clip_seconds": 2.5}  # noqa: RUF012 - read only


class TestSpeech(SpeechContract):
    locator = "speech"


class TestVoicePrompt(SpeechContract):
    locator = "voice_prompt"


class TestVoiceConversion(SpeechContract):
    locator = "voice_conversion"


class TestSpeechEditing(SpeechContract):
    locator = "speech_editing"


class TestInContext(SoundworldContract):
    locator = "in_context"


class TestEvents(SoundworldContract):
    locator = "events"


class TestBackgrounds(SoundworldContract):
    locator = "backgrounds"
