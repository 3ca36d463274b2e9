import pytest
from audio_omni.core import diagnosis


def test_the_feature_cache_is_weighed(tmp_path, monkeypatch):
    monkeypatch.setenv("AUDIO_OMNI_CACHE", str(tmp_path))
    empty = diagnosis._feature_cache()
    assert (empty.state, empty.required) == ("ok", False)
    assert empty.detail == f"nothing yet in {tmp_path / 'features'}"
    folder = tmp_path / "features" / "mllm-0123"
    folder.mkdir(parents=True)
    for number in range(2):
        (folder / f"{number:032x}.safetensors").write_bytes(bytes(10**8))
    found = diagnosis._feature_cache().detail
    assert found.startswith(f"0.2 GB in 2 files in {tmp_path / 'features'}")
    heard = diagnosis._heard_cache()
    assert heard.detail == f"nothing yet in {tmp_path / 'heard'}"
    folder.parent.rename(tmp_path / "heard")
    assert diagnosis._heard_cache().detail.startswith(f"0.2 GB in 2 files in {tmp_path / 'heard'}")


@pytest.mark.parametrize(
    ("torch", "torchaudio", "advice"),
    [
        ("2.10.0", "2.10.0+cpu", None),
        ("2.11.0", "2.11.1", None),
        ("2.14.1", "2.11.1", None),
        ("2.10.0", "2.9.1", "Install torchaudio 2.10, "),
        ("2.10.0", "2.11.1", "Install torchaudio 2.10, "),
        ("2.14.1", "2.10.0", "Install torchaudio 2.11, "),
    ],
)
def test_torch_and_torchaudio_go_in_pairs_until_their_abi_became_stable(
    monkeypatch, torch, torchaudio, advice
):
    monkeypatch.setattr(diagnosis, "_version", {"torch": torch, "torchaudio": torchaudio}.get)
    (found,) = diagnosis._pairs()
    assert found.state == ("ok" if advice is None else "broken")
    assert advice is None or advice in found.detail
