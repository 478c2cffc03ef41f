"""Several networks as one: each role filled by the network chosen for it, each network run once on each picture."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.decoders import Role
from models.eyes import Batching, Eyes, Samples, open_eyes
from models.judge import OnBatch
from models.manifest import Network
from models.providers import Precision, Provider
from models.reading import Judgment

Picture = NDArray[np.uint8]
Wh = tuple[int, int]


class Sight:
    """Look at pictures with all networks chosen; any number of callers at once share their batches."""

    def __init__(self, eyes: Sequence[tuple[Eyes, frozenset[Role]]]) -> None:
        self._eyes = eyes

    @property
    def identities(self) -> Mapping[str, str]:
        """Return role -> name@version, as records of what was seen carry it."""
        return {role: eyes.identity for eyes, roles in self._eyes for role in sorted(roles)}

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Return name@version -> the provider that really runs it."""
        return {eyes.identity: eyes.provider for eyes, _ in self._eyes}

    @property
    def page_locked(self) -> Mapping[str, bool]:
        """Return name@version -> whether its batches lie in page-locked memory, as an accelerator likes them."""
        return {eyes.identity: eyes.page_locked for eyes, _ in self._eyes}

    def scaled_whs(self, source_wh: Wh) -> tuple[Wh, ...]:
        """Return the sizes in px to which a picture of source_wh px must be scaled before look, each once."""
        return tuple(dict.fromkeys(eyes.scaled_wh(source_wh) for eyes, _ in self._eyes))

    async def look(self, views: Sequence[Sequence[Picture]], source_whs: Sequence[Wh]) -> list[Judgment]:
        """Return what is told of each picture; views [picture][size] are uint8 [h, w, 3], BGR, in scaled_whs' order.

        All networks look at once; what one raises (see Eyes.look) is raised.
        """
        if len(self._eyes) == 1:
            return await self._eyes[0][0].look([view for (view,) in views], source_whs)
        judgments = [Judgment()] * len(views)
        sizes = [self.scaled_whs(source_wh) for source_wh in source_whs]

        async def looks(eyes: Eyes) -> list[Judgment]:
            picked = [
                views[place][sizes[place].index(eyes.scaled_wh(source_wh))]
                for place, source_wh in enumerate(source_whs)
            ]
            return await eyes.look(picked, source_whs)

        answers = await asyncio.gather(*(looks(eyes) for eyes, _ in self._eyes))
        for (_, roles), answer in zip(self._eyes, answers, strict=True):
            judgments = [
                known._replace(**{role: getattr(told, role) for role in roles})
                for known, told in zip(judgments, answer, strict=True)
            ]
        return judgments


@asynccontextmanager
async def open_sight(
    chosen: Mapping[Role, str],
    *,
    cache: Path,
    mirror: str = "",
    input_whs: Mapping[Role, Wh] | None = None,
    providers: Sequence[Provider] = ("cpu",),
    intra_op_threads: int = 1,
    instances: int | None = None,
    precision: Precision = "fp32",
    samples: Samples = lambda _: (),
    batching: Batching | None = None,
    networks: Mapping[str, Network] | None = None,
    on_batch: OnBatch | None = None,
) -> AsyncIterator[Sight]:
    """Open the networks named for each role, each once however many roles it fills; see open_eyes for all else.

    A size in input_whs is that of the role's network; a role with the name "" has none.
    """
    sizes = {chosen[role]: size_wh for role, size_wh in (input_whs or {}).items() if chosen.get(role)}
    roles_of: dict[str, set[Role]] = {}
    for role, name in chosen.items():
        if name:
            roles_of.setdefault(name, set()).add(role)
    async with AsyncExitStack() as stack:
        opened = [
            (
                await stack.enter_async_context(
                    open_eyes(
                        name,
                        cache=cache,
                        mirror=mirror,
                        roles=sorted(roles),
                        input_wh=sizes.get(name),
                        providers=providers,
                        intra_op_threads=intra_op_threads,
                        instances=instances,
                        precision=precision,
                        samples=samples,
                        batching=batching,
                        networks=networks,
                        on_batch=on_batch,
                    )
                ),
                frozenset(roles),
            )
            for name, roles in roles_of.items()
        ]
        yield Sight(opened)
