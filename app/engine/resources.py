"""Things a stage needs open while it runs (stores, networks): one per factory and process, however many use it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from app.errors import OperatorError
from app.settings import Settings, settings

T = TypeVar("T")
Factory = Callable[[Settings], AbstractAsyncContextManager[T]]


@runtime_checkable
class Shared(Protocol):
    """A resource that wants to know how many stages of the process use it."""

    def shared_by(self, stages: int) -> None:
        """Take note of it; called whenever it changes."""
        ...


class _Open:
    """One live resource and the number of stages that use it."""

    def __init__(self, context: AbstractAsyncContextManager[Any], live: Any) -> None:
        self.context, self.live, self.users = context, live, 0


_OPEN: dict[Factory[Any], _Open] = {}
_LOCKS: dict[asyncio.AbstractEventLoop, asyncio.Lock] = {}


def _lock() -> asyncio.Lock:
    return _LOCKS.setdefault(asyncio.get_running_loop(), asyncio.Lock())


class Resource(Generic[T]):
    """Stand for a resource that is open while its stage runs; call it to get the live one."""

    def __init__(self, factory: Factory[T]) -> None:
        self._factory = factory

    def __call__(self) -> T:
        """Return the live resource."""
        opened = _OPEN.get(self._factory)
        if opened is None:
            name = getattr(self._factory, "__name__", repr(self._factory))
            raise OperatorError(name, "it is not open", "use it only while the stage runs")
        live: T = opened.live
        return live

    async def open(self) -> None:
        """Open it, or share what another stage of the process has opened."""
        async with _lock():
            opened = _OPEN.get(self._factory)
            if opened is None:
                context = self._factory(settings())
                opened = _OPEN[self._factory] = _Open(context, await context.__aenter__())
            opened.users += 1
            _tell(opened)

    async def close(self) -> None:
        """Give it up; the last user closes it."""
        async with _lock():
            opened = _OPEN[self._factory]
            opened.users -= 1
            _tell(opened)
            if not opened.users:
                del _OPEN[self._factory]
                await opened.context.__aexit__(None, None, None)


def _tell(opened: _Open) -> None:
    if isinstance(opened.live, Shared):
        opened.live.shared_by(opened.users)
