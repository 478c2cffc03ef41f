"""Laws of `replay --scenes` on a real broker: clip after clip arrives, until it is stopped."""

import asyncio

import pytest

from app.intake.outcome import ReplayOptions, ReplayProgress
from app.settings import Settings
from ops.load import endless


async def test_scenes_are_sent_until_somebody_stops_it(
    intake_broker: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endless, "SECONDS", 2.0)
    sent: set[str] = set()
    enough = asyncio.Event()

    def watch(progress: ReplayProgress, _line: str) -> None:
        sent.update(progress.cameras if progress.segments else ())
        if len(sent) >= 3:
            enough.set()

    sending = asyncio.create_task(endless.replay_scenes(ReplayOptions(), intake_broker, 11, watch))
    waiting = asyncio.create_task(enough.wait())
    done, _ = await asyncio.wait({sending, waiting}, timeout=100, return_when=asyncio.FIRST_COMPLETED)
    assert waiting in done, sending
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert all(camera.startswith("ride-") for camera in sent)
