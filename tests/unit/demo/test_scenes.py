"""The demo without videos: scenes are rendered once, and seen by the network that ships unless another is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.demo import scenes as demo_scenes
from app.intake.layout import discover
from app.intake.listing import list_files
from app.settings import Settings, settings


@pytest.mark.slow
def test_scenes_are_rendered_once_and_lie_where_replay_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_scenes, "CLIPS", 2)
    monkeypatch.setattr(demo_scenes, "SECONDS", 1.0)
    said: list[str] = []
    current = Settings(cache=tmp_path)
    folder = demo_scenes.scenes(current, said.append)
    assert len(discover(list_files([folder]).files)) == 2
    assert said
    said.clear()
    assert demo_scenes.scenes(current, said.append) == folder
    assert said == []


@pytest.mark.slow
def test_an_interrupted_rendering_is_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_scenes, "CLIPS", 2)
    monkeypatch.setattr(demo_scenes, "SECONDS", 1.0)

    def stop(text: str) -> None:
        if "1 of" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo_scenes.scenes(Settings(cache=tmp_path), stop)
    folder = demo_scenes.scenes(Settings(cache=tmp_path), lambda _: None)
    assert len(discover(list_files([folder]).files)) == 2


def test_a_network_that_the_environment_names_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADSIEVE_NETWORK", "yolox_nano_416")
    for role in ("SCENE", "WEATHER"):
        monkeypatch.setenv(f"ROADSIEVE_NETWORK_{role}", "")
        monkeypatch.delenv(f"ROADSIEVE_NETWORK_{role}")
    demo_scenes.see_with_our_own()
    try:
        assert settings().network == "yolox_nano_416"
        assert settings().network_scene == settings().network_weather == demo_scenes.OWN_NETWORK
    finally:
        monkeypatch.undo()
        settings.cache_clear()
