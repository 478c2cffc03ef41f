"""One network at one size, and the pictures that it looks at, for the bench of a GPU; travels between processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.settings import settings
from models.decoders import Role
from models.eyes import BATCHING
from models.fetch import fetch_network
from models.judge import Judge, Placed
from models.letterbox import Letterbox
from models.manifest import Network
from models.providers import Precision, Provider
from models.reading import Judgment, Reader, reader
from models.session import Form, Session, open_session
from ops.load.frame import render_frame
from ops.load.spec import draw_spec

SOURCE_WH, RENDERED_WH = (1280, 720), (640, 360)


@dataclass(frozen=True, slots=True)
class Case:
    """One network at one size, and the pictures it looks at."""

    network: Network
    size_wh: tuple[int, int]
    pictures: tuple[NDArray[np.uint8], ...]

    def opened(self, provider: Provider, precision: Precision, form: Form | None = None) -> Session:
        """Open the network there, and there alone; NetworkError where it does not run. form: see open_session."""
        chosen, most = settings(), BATCHING[provider].most
        file = fetch_network(self.network, chosen.path_of_cache() / "models", chosen.model_mirror)
        return open_session(self.network, file, (provider,), 1, most, self.size_wh, precision, form)

    def readers(self) -> dict[Role, Reader]:
        """Return what reads all that the network tells."""
        return {role: reader(role, contract) for role, contract in self.network.roles.items()}

    def told(self, session: Session) -> list[Judgment]:
        """Return what is told of the pictures, one by one."""
        judge = Judge(session, self.size_wh, (1,), self.readers(), lambda _times: None)
        placed = letterbox(self.network, self.size_wh)
        return [judge([Placed(picture, placed, 0.0)])[0] for picture in self.pictures]


def rendered(count: int) -> list[NDArray[np.uint8]]:
    """Return pictures of as many scenes."""
    return [render_frame(draw_spec(seed), 10.0, RENDERED_WH)[0] for seed in range(count)]


def letterbox(network: Network, size_wh: tuple[int, int]) -> Letterbox:
    """Return where a picture of the source lies in an input of that size."""
    return Letterbox.fit(SOURCE_WH, size_wh, network.input.place)


def case(network: Network, size_wh: tuple[int, int], pictures: Sequence[NDArray[np.uint8]]) -> Case:
    """Scale the pictures as decoding would for the network at that size."""
    scaled_wh = letterbox(network, size_wh).scaled_wh
    scaled = (cv2.resize(picture, scaled_wh, interpolation=cv2.INTER_AREA) for picture in pictures)
    return Case(network, size_wh, tuple(np.asarray(picture, np.uint8) for picture in scaled))
