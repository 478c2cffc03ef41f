"""Schema registry over HTTP, as Confluent's: also Apicurio (/apis/ccompat/v7), Karapace and Redpanda."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
import stamina

from app import telemetry
from app.errors import InfrastructureError, OperatorError
from app.settings import Settings
from app.stores.registry import RegisteredSchema, canonical

MEDIA = "application/vnd.schemaregistry.v1+json"
ATTEMPTS = 3
"""Of one call, each within ROADSIEVE_STORE_WAIT_S; whatever we ask may be asked twice."""
UNKNOWN_SUBJECT, NO_LEVEL_OF_ITS_OWN = {40401}, {40401, 40408}


@asynccontextmanager
async def open_http_registry(settings: Settings) -> AsyncIterator[HttpRegistry]:
    """Open the registry at ROADSIEVE_REGISTRY_URL; nothing is asked yet."""
    password = settings.registry_password.get_secret_value()
    async with httpx.AsyncClient(
        timeout=settings.store_wait_s,
        auth=(settings.registry_user, password) if settings.registry_user else None,
        headers={"Accept": MEDIA, "Content-Type": MEDIA},
        verify=_trusted(settings),
    ) as client:
        yield HttpRegistry(client, settings.registry_url.rstrip("/"))


class HttpRegistry:
    """Hold schemas on a server; every method raises InfrastructureError when it does not answer, OperatorError when
    it refuses us, or is none.
    """

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client, self._url = client, url
        telemetry.store_opened("registry", "http")

    async def versions(self, subject: str) -> Sequence[RegisteredSchema]:
        """Return every version of a subject, oldest first; none for an unknown subject."""
        path = f"/subjects/{quote(subject, safe='')}/versions"
        numbers = await self._asked("GET", path, none_for=UNKNOWN_SUBJECT)
        return [await self._version(f"{path}/{number}") for number in sorted(numbers or ())]

    async def _version(self, path: str) -> RegisteredSchema:
        found = await self._asked("GET", path)
        try:
            return RegisteredSchema(found["id"], found["subject"], found["version"], found["schema"])
        except (KeyError, TypeError) as error:
            raise self._no_registry(f"GET {path} gave {found!r:.100}") from error

    async def register(self, subject: str, definition: str) -> RegisteredSchema:
        """Return the version with this definition, added if the subject has none of the same canonical form.

        Raises OperatorError too where the server finds it incompatible with a version that is there.
        """
        if (there := await self._find(subject, definition)) is not None:
            return there
        await self._asked("POST", f"/subjects/{quote(subject, safe='')}/versions", {"schema": definition})
        if (added := await self._find(subject, definition)) is not None:
            return added
        raise self._no_registry(f"it took a version of {subject} and does not show it")

    async def _find(self, subject: str, definition: str) -> RegisteredSchema | None:
        wanted = canonical(definition)
        return next((one for one in await self.versions(subject) if canonical(one.definition) == wanted), None)

    async def compatibility(self, subject: str) -> str:
        """Return the level that the subject demands of a new version: its own, else that of the whole registry."""
        path = f"/config/{quote(subject, safe='')}"
        found = await self._asked("GET", path, none_for=NO_LEVEL_OF_ITS_OWN) or await self._asked("GET", "/config")
        try:
            return str(found["compatibilityLevel"])
        except (KeyError, TypeError) as error:
            raise self._no_registry(f"GET {path} gave {found!r:.100}") from error

    async def demand(self, subject: str, level: str) -> None:
        """Set the level that the subject demands from now on, also before it has any version."""
        await self._asked("PUT", f"/config/{quote(subject, safe='')}", {"compatibility": level})

    async def _asked(self, method: str, path: str, body: Any = None, none_for: set[int] | None = None) -> Any:
        """Return the JSON of an answer; None where the server says one of these error codes."""
        with telemetry.store_call("registry", "http", method.lower()):
            async for attempt in stamina.retry_context(on=_may_pass, attempts=ATTEMPTS, timeout=None, wait_max=1.0):
                with attempt:
                    return await self._answer(method, path, body, none_for)
        raise AssertionError  # the last attempt raised

    async def _answer(self, method: str, path: str, body: Any, none_for: set[int] | None) -> Any:
        try:
            answer = await self._client.request(method, self._url + path, json=body)
        except httpx.HTTPError as error:
            raise self._unanswered(error) from error
        said = _json(answer)
        if answer.is_success and said is not None:
            return said
        if isinstance(said, dict) and said.get("error_code") in (none_for or ()):
            return None
        raise self._refused(f"{method} {path}", answer, said)

    def _refused(self, call: str, answer: httpx.Response, said: Any) -> InfrastructureError | OperatorError:
        status = answer.status_code
        why = f"{said['message']}" if isinstance(said, dict) and "message" in said else ""
        told = " ".join((why or answer.text).split())[:300]
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            remedy = "correct ROADSIEVE_REGISTRY_USER and ROADSIEVE_REGISTRY_PASSWORD, or its rights"
            return OperatorError(self._what, f"{call} was refused with {status}", remedy)
        if status == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
            return InfrastructureError(self._what, f"{call} gave {status} {told}", "look at its load and its log")
        if status == httpx.codes.CONFLICT:
            remedy = "see `roadsieve schemas diff`; what others read may only gain and lose fields that have defaults"
            return OperatorError(self._what, f"the definition does not fit those that are there ({told})", remedy)
        if why:
            return OperatorError(self._what, f"{call} gave {status} {told}", "correct what it names and try again")
        return self._no_registry(f"{call} gave {status}")

    def _unanswered(self, error: httpx.HTTPError) -> InfrastructureError | OperatorError:
        told = str(error) or type(error).__name__
        if _is_of_tls(error):
            remedy = "correct ROADSIEVE_REGISTRY_TLS_CA, the https:// of ROADSIEVE_REGISTRY_URL, or its certificate"
            return OperatorError(self._what, f"no secure connection ({told})", remedy)
        if isinstance(error, httpx.RemoteProtocolError | httpx.UnsupportedProtocol):
            return self._no_registry(told)
        return InfrastructureError(self._what, f"it does not answer ({told})", "see that it runs and can be reached")

    def _no_registry(self, why: str) -> OperatorError:
        return OperatorError(
            self._what,
            f"what listens there is no schema registry with Confluent's API ({why})",
            "let ROADSIEVE_REGISTRY_URL name one with its path: /apis/ccompat/v7 for Apicurio, none for most others",
        )

    @property
    def _what(self) -> str:
        return f"schema registry {self._url}"


def _may_pass(error: Exception) -> bool:
    """Tell whether to ask again: who hangs up each time is no registry, who does so once may be one that ends."""
    return isinstance(error, InfrastructureError) or isinstance(error.__cause__, httpx.RemoteProtocolError)


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _trusted(settings: Settings) -> ssl.SSLContext | bool:
    if settings.registry_tls_ca is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(settings.registry_tls_ca))
    except OSError as error:
        what = f"ROADSIEVE_REGISTRY_TLS_CA {settings.registry_tls_ca}"
        raise OperatorError(what, f"it cannot be read ({error})", "name a PEM file") from error
