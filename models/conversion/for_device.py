"""A network's file as an accelerator opens it: less to copy there and back, and less for this process to do."""

from __future__ import annotations

from models.conversion.as_decoded import take_decoded
from models.conversion.best_cells import tell_best
from models.conversion.opening import opened
from models.manifest import Network


def for_device(network: Network, source: str | bytes, size_wh: tuple[int, int]) -> tuple[Network, bytes]:
    """Return network and file, named or given, made so for pictures of size_wh px; NetworkError where it is none."""
    model = opened(network, source)
    tell_best(model, network, size_wh)
    contract = take_decoded(model, network.input)
    content: bytes = model.SerializeToString(deterministic=True)
    return network.model_copy(update={"input": contract}), content
