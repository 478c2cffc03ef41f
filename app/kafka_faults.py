"""Why Kafka lets us not in, or not do something: the one cause and its remedy, which its clients only log.

A client that cannot get in says "unable to bootstrap" whether nothing listens, the password is wrong or the
certificate has expired. So the steps of a connection are tried once more, one by one.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnsupportedSaslMechanismError,
)

from app.errors import InfrastructureError, OperatorError, RoadsieveError
from app.kafka_access import MECHANISM, client_options
from app.settings import Settings

STEP_S = 5.0
GREETING = bytes.fromhex("0000000a 0012 0000 00000007 0000") + b"\r\n\r\n"
"""Kafka's request for the versions of its API, and what makes a server of lines of text answer too."""
KAFKA_ANSWER = slice(4, 8), bytes.fromhex("00000007")
"""Where a broker repeats the number of the request, and what it is."""

#: What a broker answers where a right is missing, and the kind of thing it is missing on.
MISSING_RIGHT: dict[type[KafkaError], str] = {
    TopicAuthorizationFailedError: "a topic",
    GroupAuthorizationFailedError: "a group",
    TransactionalIdAuthorizationFailed: "a transactional id",
    ClusterAuthorizationFailedError: "the cluster",
}
#: Faults of a certificate by OpenSSL's number, each with what mends it; the rest are not signed by whom we trust.
_CERTIFICATE_REMEDY = {
    9: "look at the clocks of this machine and of the brokers",
    10: "renew the brokers' certificates, and look at the clock of this machine",
    62: "name the brokers in ROADSIEVE_KAFKA as their certificate does",
    64: "name the brokers in ROADSIEVE_KAFKA as their certificate does",
}


async def not_let_in(chosen: Settings, error: BaseException) -> RoadsieveError:
    """Return why no server lets us in after `error`: OperatorError for what only an operator can mend."""
    for server in chosen.kafka.split(","):
        host, _, port = server.strip().rpartition(":")
        if port.isdigit() and (fault := await _fault_at(chosen, host.strip("[]"), int(port))) is not None:
            return fault
    why = f"it does not answer ({type(error).__name__})"
    remedy = "start it with `roadsieve broker start`, or set ROADSIEVE_KAFKA"
    return InfrastructureError(f"Kafka at {chosen.kafka}", why, remedy)


def refused(chosen: Settings, error: BaseException) -> RoadsieveError:
    """Return what an error of a client that got in says: a right that is missing, or trouble of the broker."""
    if (missing := missing_right(error)) is not None:
        return missing
    return InfrastructureError(f"Kafka at {chosen.kafka}", repr(error), "look at the broker's log and try again")


def missing_right(error: BaseException) -> OperatorError | None:
    """Return the error that names the right that is missing; None when `error` says nothing of rights."""
    kind = next((kind for fault, kind in MISSING_RIGHT.items() if isinstance(error, fault)), None)
    if kind is None:
        return None
    told = " ".join(str(argument) for argument in error.args) or type(error).__name__
    why = f"it lacks a right on {kind} ({told})"
    remedy = "see `roadsieve acls list`, grant it with `roadsieve acls apply`"
    return OperatorError("the user of ROADSIEVE_KAFKA_USER", why, remedy)


async def _fault_at(chosen: Settings, host: str, port: int) -> RoadsieveError | None:
    what, options = f"Kafka at {host}:{port}", client_options(chosen)
    secured = "ssl_context" in options
    try:
        await _connect(host, port, options)
    except ssl.SSLCertVerificationError as error:
        remedy = _CERTIFICATE_REMEDY.get(error.verify_code, "name the authority that signed it in ROADSIEVE_KAFKA_CA")
        return OperatorError(what, f"its certificate is refused: {error.verify_message}", remedy)
    except (AuthenticationFailedError, SaslAuthenticationFailed):
        why = f"it refuses user {chosen.kafka_user}: there is none of that name and password"
        return OperatorError(what, why, "correct ROADSIEVE_KAFKA_USER and ROADSIEVE_KAFKA_PASSWORD")
    except (UnsupportedSaslMechanismError, IllegalSaslStateError):
        return OperatorError(what, f"it does not know users by {MECHANISM}", "enable that mechanism on its listener")
    except ConnectionRefusedError:
        return None
    except (KafkaError, OSError):
        return await _other_protocol(what, host, port, secured=secured)
    return None


async def _other_protocol(what: str, host: str, port: int, *, secured: bool) -> RoadsieveError | None:
    """Return what to say of a server that hangs up, or does not answer; a broker that starts or stops may do so."""
    if not await _opens(host, port, None):
        return None
    if secured and await _speaks_plain_kafka(host, port):
        remedy = "name its TLS port in ROADSIEVE_KAFKA, or set ROADSIEVE_KAFKA_SECURITY=PLAINTEXT"
        return OperatorError(what, "it speaks without TLS", remedy)
    unverified = _trusting_everybody()
    speaks_tls = await _opens(host, port, unverified)
    if not secured and speaks_tls:
        return OperatorError(what, "it speaks TLS", "set ROADSIEVE_KAFKA_SECURITY=SASL_SSL, user, password and CA")
    if said := await _strange_answer(host, port, unverified if speaks_tls else None):
        why = f"what listens there does not speak Kafka (it says {said!r})"
        return OperatorError(what, why, "let ROADSIEVE_KAFKA name the port of a broker (9092 by default)")
    why = "it accepts connections and does not answer as Kafka does"
    return InfrastructureError(what, why, "correct ROADSIEVE_KAFKA, or wait until the broker has started")


async def _speaks_plain_kafka(host: str, port: int) -> bool:
    try:
        await _connect(host, port, {})
    except (KafkaError, OSError):
        return False
    return True


async def _connect(host: str, port: int, options: dict[str, Any]) -> None:
    access = {name: value for name, value in options.items() if name != "bootstrap_servers"}
    async with asyncio.timeout(STEP_S):
        connection: AIOKafkaConnection = await create_conn(
            host, port, request_timeout_ms=round(1000 * STEP_S), **access
        )
        connection.close()


async def _strange_answer(host: str, port: int, tls: ssl.SSLContext | None) -> bytes:
    """Return what a server says to a greeting when that is not Kafka's answer; nothing when it says nothing."""
    try:
        async with asyncio.timeout(STEP_S):
            reader, writer = await asyncio.open_connection(host, port, ssl=tls)
            try:
                writer.write(GREETING)
                said = await reader.read(40)
            finally:
                writer.close()
    except OSError:
        return b""
    place, number = KAFKA_ANSWER
    return b"" if said[place] == number else said


async def _opens(host: str, port: int, tls: ssl.SSLContext | None) -> bool:
    try:
        async with asyncio.timeout(STEP_S):
            _, writer = await asyncio.open_connection(host, port, ssl=tls)
    except OSError:
        return False
    writer.close()
    return True


def _trusting_everybody() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # no secret is said to whoever answers
    return context
