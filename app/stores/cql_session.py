"""One session with a CQL cluster: the driver's futures as awaitables, a bounded number of them under way."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stamina
from cassandra import ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, ResultSet, Session
from cassandra.policies import DCAwareRoundRobinPolicy, ExponentialReconnectionPolicy, TokenAwarePolicy
from cassandra.query import BatchStatement, BatchType, PreparedStatement, tuple_factory

from app.errors import InfrastructureError, OperatorError
from app.settings import Settings
from app.stores.cql_faults import DRIVER_ERRORS, NO_KEYSPACE, NOT_CQL, translated

PROTOCOL = 4  # what Cassandra 5 and ScyllaDB both speak
CONNECT_S, PROBE_S = 10.0, 3.0
GREETING = bytes([PROTOCOL, 0, 0, 0, 5, 0, 0, 0, 0]) + b"\r\n\r\n"
"""A frame that asks for OPTIONS, and what makes a server of lines of text answer too."""
RECONNECT_FIRST_S, RECONNECT_LONGEST_S = 0.1, 5.0
ATTEMPTS, WAITS = 30, 3
"""Of a statement that failed once, and how many times the wait for an answer they may take; then it is an outage.

A node that hangs up is taken for dead until there is a new connection, and checking a password takes it some .3 s.
"""
AGAIN_AT_ONCE = 4
"""Statements that are sent again at once: a node that hangs up takes all that are under way with it."""

LONG_PAGE = 500
"""Rows, of which no page that grows has more."""
Page = tuple[Sequence[Sequence[Any]], bytes | None]
"""Rows, and where the next page begins; None after the last one."""


@dataclass(frozen=True, slots=True)
class Access:
    """Say where the cluster is and how one gets in."""

    hosts: tuple[str, ...]
    port: int
    user: str
    password: str
    tls_ca: Path | None
    consistency: str
    at_once: int
    wait_s: float

    @property
    def where(self) -> str:
        """Return the addresses, for people."""
        return ",".join(f"{host}:{self.port}" for host in self.hosts)


def access_of(settings: Settings) -> Access:
    """Return the access that the settings name; OperatorError where the addresses are none."""
    pairs = [address.strip().rpartition(":") for address in settings.cql_hosts.split(",") if address.strip()]
    ports = {port for _, _, port in pairs}
    if not pairs or len(ports) != 1 or not all(host and port.isdigit() for host, _, port in pairs):
        why, remedy = f"{settings.cql_hosts!r} is no list of addresses with one port", "write host:9042,other-host:9042"
        raise OperatorError("ROADSIEVE_CQL_HOSTS", why, remedy)
    return Access(
        hosts=tuple(host for host, _, _ in pairs),
        port=int(ports.pop()),
        user=settings.cql_user,
        password=settings.cql_password.get_secret_value(),
        tls_ca=settings.cql_tls_ca,
        consistency=settings.cql_consistency,
        at_once=settings.cql_at_once,
        wait_s=settings.store_wait_s,
    )


class CqlSession:
    """Ask one keyspace, or none; every method raises InfrastructureError or OperatorError."""

    def __init__(self, access: Access, keyspace: str | None) -> None:
        """Connect; blocks."""
        self.where = access.where + (f"/{keyspace}" if keyspace else "")
        self._at_once, self._wait_s = asyncio.Semaphore(access.at_once), access.wait_s
        self._again_at_once = asyncio.Semaphore(AGAIN_AT_ONCE)
        profile = ExecutionProfile(
            load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy()),
            consistency_level=ConsistencyLevel.name_to_value[access.consistency],
            request_timeout=access.wait_s,
            row_factory=tuple_factory,
        )
        with _told_apart(access), self._translated():
            self._cluster = Cluster(
                list(access.hosts), port=access.port, protocol_version=PROTOCOL, connect_timeout=CONNECT_S,
                control_connection_timeout=access.wait_s,  # else 2 s: a slow cluster is none that is away
                auth_provider=PlainTextAuthProvider(access.user, access.password) if access.user else None,
                ssl_context=_tls(access.tls_ca), execution_profiles={EXEC_PROFILE_DEFAULT: profile},
                reconnection_policy=ExponentialReconnectionPolicy(RECONNECT_FIRST_S, RECONNECT_LONGEST_S, None),
                reprepare_on_up=False,  # it would, on one more connection, without the keyspace: in vain
            )  # fmt: skip
            try:
                self._session: Session = self._cluster.connect()
                if keyspace is not None:
                    self._use(keyspace)
            except BaseException:
                self._cluster.shutdown()
                raise

    def _use(self, keyspace: str) -> None:
        if keyspace not in self._cluster.metadata.keyspaces:
            kind, why, remedy = NO_KEYSPACE
            raise kind(f"catalog at {self.where}", why.format(error=f"it has no keyspace {keyspace}"), remedy)
        self._session.set_keyspace(keyspace)

    def close(self) -> None:
        """Close all connections; blocks."""
        self._cluster.shutdown()

    def prepare(self, statement: str) -> PreparedStatement:
        """Let the cluster parse a statement once; blocks. Whatever we prepare may be repeated."""
        with self._translated():
            prepared = self._session.prepare(statement)
        prepared.is_idempotent = True
        return prepared

    def has_table(self, name: str) -> bool:
        """Tell whether the keyspace has a table."""
        return name in self._cluster.metadata.keyspaces[self._session.keyspace].tables

    def has_column(self, table: str, name: str) -> bool:
        """Tell whether a table that is there has a column."""
        return name in self._cluster.metadata.keyspaces[self._session.keyspace].tables[table].columns

    def ask(
        self, statement: str | PreparedStatement, values: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> Sequence[Any]:
        """Run a statement that is needed once, and return its rows; blocks. A table made here is known when it
        returns.
        """
        with self._translated():
            return list(self._session.execute(statement, values))

    async def rows(self, prepared: PreparedStatement, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Return the rows of a query whose rows are few."""
        return (await self._page(prepared.bind(values)))[0]

    async def pages(
        self, prepared: PreparedStatement, values: Mapping[str, Any], page_rows: int
    ) -> AsyncIterator[Sequence[Sequence[Any]]]:
        """Yield the rows of a query, page by page; where the first one is short, each is twice the one before."""
        position: bytes | None = None
        while True:
            bound = prepared.bind(values)
            bound.fetch_size = page_rows
            rows, position = await self._page(bound, position)
            if rows:
                yield rows
            if position is None:
                return
            page_rows = max(page_rows, min(2 * page_rows, LONG_PAGE))

    async def write(self, writes: Sequence[tuple[PreparedStatement, Mapping[str, Any]]]) -> None:
        """Write rows of one partition at once."""
        if len(writes) == 1:
            prepared, values = writes[0]
            await self._page(prepared.bind(values))
            return
        batch = BatchStatement(BatchType.UNLOGGED)
        batch.is_idempotent = True
        for prepared, values in writes:
            batch.add(prepared.bind(values))
        await self._page(batch)

    async def _page(self, statement: Any, position: bytes | None = None) -> Page:
        """Send a statement, again where that failed: a write of hundreds would hardly ever get through else."""
        async with self._at_once:
            try:
                return await self._sent(statement, position)
            except InfrastructureError:  # only now: the loop costs 70 us of CPU each time
                return await self._sent_again(statement, position)

    async def _sent_again(self, statement: Any, position: bytes | None) -> Page:
        async with self._again_at_once:
            async for attempt in stamina.retry_context(
                on=InfrastructureError, attempts=ATTEMPTS, timeout=WAITS * self._wait_s,
                wait_initial=0.05, wait_max=0.3, wait_jitter=0.2,
            ):  # fmt: skip
                with attempt:
                    return await self._sent(statement, position)
        raise AssertionError  # the last attempt raised

    async def _sent(self, statement: Any, position: bytes | None) -> Page:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Page] = loop.create_future()
        with self._translated():
            future = self._session.execute_async(statement, paging_state=position)

        def tell(rows: Any, error: BaseException | None) -> None:
            def resolve() -> None:
                if answered.done():  # the caller was cancelled
                    return
                if error is not None:
                    answered.set_exception(error)
                else:
                    answered.set_result((list(rows or ()), ResultSet(future, rows).paging_state))
                    # The driver's future and its timer hold each other, and the future its rows: those would stay
                    # until a collection, which takes 10 ms where it finds windows of hundreds of rows.
                    if rows:
                        rows.clear()

            with suppress(RuntimeError):  # the loop ended while the answer was on its way
                loop.call_soon_threadsafe(resolve)

        future.add_callbacks(lambda rows: tell(rows, None), lambda error: tell(None, error))
        try:
            with self._translated():
                return await answered
        finally:
            future.clear_callbacks()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DRIVER_ERRORS as error:
            raise translated(error, self.where) from error


@contextmanager
def _told_apart(access: Access) -> Iterator[None]:
    """Say so where what does not answer is no CQL server at all."""
    try:
        yield
    except InfrastructureError as error:
        for host in access.hosts:
            if (told := _strange_answer(host, access.port)) is not None:
                kind, why, remedy = NOT_CQL
                raise kind(f"catalog at {access.where}", why.format(error=told), remedy) from error
        raise


def _strange_answer(host: str, port: int) -> str | None:
    """Return what a server says to a CQL greeting when that is no CQL, None when it says nothing or speaks CQL."""
    try:
        with socket.create_connection((host, port), PROBE_S) as probe:
            probe.settimeout(PROBE_S)
            probe.sendall(GREETING)
            said = probe.recv(64)
    except OSError:
        return None
    if said[:1] == bytes([0x80 | PROTOCOL]):
        return None
    return repr(said) if said else "it closes the connection"


def answers(access: Access) -> bool:
    """Tell whether a CQL server takes us in and answers a query; blocks."""
    try:
        with socket.create_connection((access.hosts[0], access.port), 1.0):
            pass
        session = CqlSession(access, None)
    except (OSError, InfrastructureError, OperatorError):
        return False
    try:
        return bool(session.ask("SELECT release_version FROM system.local"))
    except (InfrastructureError, OperatorError):
        return False
    finally:
        session.close()


def _tls(ca: Path | None) -> ssl.SSLContext | None:
    if ca is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca))
    except OSError as error:
        raise OperatorError(f"ROADSIEVE_CQL_TLS_CA {ca}", f"it cannot be read ({error})", "name a PEM file") from error
