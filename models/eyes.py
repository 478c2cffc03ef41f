"""One network opened by its name, shared by all callers, looking at pictures in batches for the roles asked of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from models.batcher import Batcher
from models.batcher import Judge as Asked
from models.decoders import Role
from models.errors import AnswerError, NetworkError
from models.fetch import fetch_network
from models.gate import disagreement
from models.judge import BatchTimes, Judge, OnBatch, Placed
from models.letterbox import Letterbox
from models.manifest import Network, network_named, shipped_manifest
from models.providers import Precision, Provider
from models.reading import Judgment, Reader, reader
from models.session import Session, open_session
from models.slots import checked


@dataclass(frozen=True, slots=True)
class Batching:
    """Say how pictures are gathered: most in a batch, longest wait for more, most that wait, batches at once."""

    most: int
    delay_ms: float
    queue: int
    instances: int = 1


OBJECTS: tuple[Role, ...] = ("objects",)
# samples(scaled_wh) -> pictures (uint8 [h, w, 3], BGR, scaled to scaled_wh of their source), with their sources' sizes
Samples = Callable[[Callable[[tuple[int, int]], tuple[int, int]]], Sequence[tuple[NDArray[np.uint8], tuple[int, int]]]]
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# On a CPU waiting for more gains nothing, for a batch costs what its pictures cost singly, and from eight pictures on
# more than that, for it no longer fits the caches. Each core judges a batch of its own; four take what eight segments
# at once bring, and each costs the memory of a batch's layers. An accelerator lives on large batches, and would idle
# while one is put together and another read.
BATCHING: Mapping[Provider, Batching] = MappingProxyType(
    {
        "cpu": Batching(most=4, delay_ms=0.0, queue=64, instances=min(4, CORES)),
        "cuda": Batching(most=32, delay_ms=3.0, queue=128, instances=3),
        "tensorrt": Batching(most=32, delay_ms=3.0, queue=128, instances=3),
    }
)


class Eyes:
    """Look at pictures with one network; any number of callers at once share its batches."""

    def __init__(
        self, network: Network, session: Session, input_wh: tuple[int, int], batcher: Batcher[Placed, Judgment]
    ) -> None:
        self.network, self.input_wh = network, input_wh
        self.provider, self.page_locked = session.provider, session.page_locked
        self._batcher = batcher

    @property
    def identity(self) -> str:
        """Return name@version, as records of what was seen carry it."""
        return self.network.identity

    @property
    def queued(self) -> int:
        """Return how many pictures wait for a batch."""
        return self._batcher.queued

    def scaled_wh(self, source_wh: tuple[int, int]) -> tuple[int, int]:
        """Return the size in px to which a picture of source_wh px must be scaled before look."""
        return self._place(source_wh).scaled_wh

    async def look(
        self, pictures: Sequence[NDArray[np.uint8]], source_whs: Sequence[tuple[int, int]]
    ) -> list[Judgment]:
        """Return what is told of each picture (uint8 [h, w, 3], BGR, scaled to scaled_wh of its source).

        PictureError: a picture is not as it must be; AnswerError: what the network says of it is not usable;
        NetworkError: the network failed; EyesClosed: closed meanwhile. The pictures must not change before the answer.
        """
        asked_s = perf_counter()
        batch = []
        for pixels, source_wh in zip(pictures, source_whs, strict=True):
            letterbox = self._place(source_wh)
            batch.append(Placed(checked(pixels, letterbox), letterbox, asked_s))
        return await self._batcher.judge(batch)

    def _place(self, source_wh: tuple[int, int]) -> Letterbox:
        return Letterbox.fit(source_wh, self.input_wh, self.network.input.place)


@asynccontextmanager
async def open_eyes(
    name: str,
    *,
    cache: Path,
    mirror: str = "",
    roles: Collection[Role] = OBJECTS,
    input_wh: tuple[int, int] | None = None,
    score_min: float | None = None,
    providers: Sequence[Provider] = ("cpu",),
    intra_op_threads: int = 1,
    instances: int | None = None,
    precision: Precision = "fp32",
    samples: Samples = lambda _: (),
    batching: Batching | None = None,
    networks: Mapping[str, Network] | None = None,
    on_batch: OnBatch | None = None,
) -> AsyncIterator[Eyes]:
    """Fetch, verify, open and warm the network of that name, and give eyes to look with until the block is left.

    cache and mirror are as in fetch; input_wh None means the manifest's size; boxes that score below score_min are not
    told, None means the manifest's; providers are those accepted, best first; networks None means the shipped manifest.
    instances is how many batches run at once, each in a thread of its own, None means batching's; batching None is that
    of the provider.
    precision fp16 is taken only if what is told of the sample pictures stays the same, else NetworkError says how not.
    on_batch is told what each batch took, in the thread that ran it. ManifestError, FetchError or NetworkError say what
    is wrong before any picture.
    """
    network = network_named(name, shipped_manifest() if networks is None else networks)
    readers = {role: reader(role, network.role(role), score_min) for role in roles}
    size_wh = network.input_wh(input_wh)
    file = await asyncio.to_thread(fetch_network, network, cache, mirror)
    most = network.input.most_pictures or (batching or BATCHING[providers[0]]).most
    opened = (network, file, providers, intra_op_threads, most, size_wh)
    session = await asyncio.to_thread(open_session, *opened, precision)
    if precision == "fp16":
        exact = await asyncio.to_thread(open_session, *opened)
        await asyncio.to_thread(_admit, session, exact, size_wh, readers, samples)
    async with share(session, size_wh, readers, instances, batching, on_batch) as eyes:
        yield eyes


@asynccontextmanager
async def share(
    session: Session,
    size_wh: tuple[int, int],
    readers: Mapping[Role, Reader],
    instances: int | None = None,
    batching: Batching | None = None,
    on_batch: OnBatch | None = None,
) -> AsyncIterator[Eyes]:
    """Warm an opened network, and give eyes to look with until the block is left; see open_eyes."""
    network, batching = session.network, batching or BATCHING[session.provider]
    buckets = buckets_for(session.provider, network.input.most_pictures or batching.most)
    hands = range(instances or batching.instances)
    judges = [Judge(session, size_wh, buckets, readers, on_batch or _nobody) for _ in hands]
    await asyncio.to_thread(session.warm, buckets, size_wh)
    with ExitStack() as threads:
        hired = [_in_thread(judge, threads.enter_context(ThreadPoolExecutor(1, network.name))) for judge in judges]
        async with Batcher(hired, max(buckets), batching.delay_ms, batching.queue) as batcher:
            yield Eyes(network, session, size_wh, batcher)


def _admit(
    half: Session, exact: Session, size_wh: tuple[int, int], readers: Mapping[Role, Reader], samples: Samples
) -> None:
    """Let fp16 pass if it tells of the sample pictures what fp32 tells."""
    network = exact.network

    def place(source_wh: tuple[int, int]) -> Letterbox:
        return Letterbox.fit(source_wh, size_wh, network.input.place)

    pictures = [Placed(pixels, place(wh), 0.0) for pixels, wh in samples(lambda wh: place(wh).scaled_wh)]

    def told(session: Session) -> list[Judgment]:
        judge = Judge(session, size_wh, (1,), readers, _nobody)
        return [judge([picture])[0] for picture in pictures]

    exactly = told(exact)
    least = max((contract.score_min for contract in network.roles.values()), default=0.0)
    try:
        fault = disagreement(exactly, told(half), least)
    except AnswerError as error:  # numbers that 16 bits do not hold
        fault = f"{error.what}: {error.why}"
    if fault:
        remedy = "set ROADSIEVE_INFERENCE_PRECISION=fp32, or ROADSIEVE_INFERENCE_SAMPLES to pictures of yours"
        raise NetworkError(f"fp16 of {network.name}", f"{fault}, {len(pictures)} pictures compared with fp32", remedy)


def buckets_for(provider: Provider, most: int) -> tuple[int, ...]:
    """Return the batch sizes to run: on a CPU every one, for there a padded place costs as much as a picture.

    An accelerator keeps kernels per size, so there they double up to `most`.
    """
    if provider == "cpu":
        return tuple(range(1, most + 1))
    return tuple(sorted({min(1 << power, most) for power in range(most.bit_length() + 1)}))


def _in_thread(judge: Judge, thread: ThreadPoolExecutor) -> Asked[Placed, Judgment]:
    async def judged(batch: Sequence[Placed]) -> Sequence[Judgment]:
        return await asyncio.get_running_loop().run_in_executor(thread, judge, batch)

    return judged


def _nobody(_times: BatchTimes) -> None:
    """Hear of a batch, and do nothing."""
