"""Finds and grants rights on a Kafka cluster; the one place that knows the client of ACLs, which waits in threads."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from app.errors import InfrastructureError, OperatorError, RoadsieveError
from app.kafka_access import librdkafka_options
from app.rights import Kind, Right
from app.settings import Settings

ANSWER_S = 20.0
OWN_ANSWER_S = 5.0  # asked again by a preflight
_KINDS: dict[Kind, ResourceType] = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional_id": ResourceType.TRANSACTIONAL_ID,
}
_NAMES_OF_KINDS = {resource: kind for kind, resource in _KINDS.items()}


@dataclass(frozen=True, slots=True, order=True)
class Granted:
    """A right that a user of Kafka has."""

    user: str
    right: Right

    def __str__(self) -> str:
        return f"{self.user} may {self.right}"


class Acls:
    """The ACLs of one cluster; every method blocks, at most for ANSWER_S."""

    def __init__(self, chosen: Settings) -> None:
        self._address, self._user = chosen.kafka, chosen.kafka_user
        silent = logging.getLogger("librdkafka")
        silent.setLevel(logging.CRITICAL)  # what it cannot do it raises; `administer` has told why nobody is let in
        self._client = AdminClient({**librdkafka_options(chosen), "client.id": "roadsieve-acls"}, logger=silent)

    def found(self) -> set[Granted]:
        """Return what is granted to users by name, from everywhere; what other tools word otherwise is left out."""
        # To whom may not see them the client shows none, without an error.
        cluster = self._client.describe_cluster(include_authorized_operations=True, request_timeout=ANSWER_S)
        if AclOperation.DESCRIBE not in (self._answer(cluster).authorized_operations or ()):
            raise self._refused()
        anything = AclBindingFilter(
            ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
        )
        bindings = self._answer(self._client.describe_acls(anything, request_timeout=ANSWER_S))
        return {granted for binding in bindings if (granted := _granted(binding)) is not None}

    def grant(self, wanted: Iterable[Granted]) -> list[Granted]:
        """Grant what is not granted yet, and return that."""
        missing = sorted(set(wanted) - self.found())
        if missing:
            made = self._client.create_acls([_binding(granted) for granted in missing], request_timeout=ANSWER_S)
            for future in made.values():
                self._answer(future)
        return missing

    def revoke(self, granted: Granted) -> None:
        """Take one right away."""
        right = granted.right
        pattern = ResourcePatternType.PREFIXED if right.prefixed else ResourcePatternType.LITERAL
        exact = AclBindingFilter(
            _KINDS[right.kind], right.name, pattern, f"User:{granted.user}", "*", AclOperation[right.operation],
            AclPermissionType.ALLOW,
        )  # fmt: skip
        for future in self._client.delete_acls([exact], request_timeout=ANSWER_S).values():
            self._answer(future)

    def own_operations(self, topics: Sequence[str]) -> dict[str, set[str]]:
        """Return what the user of this client itself may do to those of the topics that exist."""
        if not topics:
            return {}
        options = {"include_authorized_operations": True, "request_timeout": OWN_ANSWER_S}
        asked = self._client.describe_topics(TopicCollection(list(topics)), **options)
        answered = {name: self._operations(future) for name, future in asked.items()}
        return {name: operations for name, operations in answered.items() if operations is not None}

    def _operations(self, future: Future[Any]) -> set[str] | None:
        try:
            described = future.result(OWN_ANSWER_S + 1.0)
        except (KafkaException, TimeoutError) as error:
            code = error.args[0].code() if isinstance(error, KafkaException) else None
            if code == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                return set()
            if code == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return None
            raise self._told(error) from error
        return {operation.name for operation in described.authorized_operations or ()}

    def _answer(self, future: Future[Any]) -> Any:
        try:
            return future.result(ANSWER_S + 5.0)
        except (KafkaException, TimeoutError) as error:
            raise self._told(error) from error

    def _refused(self) -> OperatorError:
        why = f"user {self._user or 'ANONYMOUS'} may not see or change ACLs"
        return OperatorError(f"Kafka at {self._address}", why, "take one of its super.users (ROADSIEVE_KAFKA_USER)")

    def _told(self, error: Exception) -> RoadsieveError:
        what = f"Kafka at {self._address}"
        code = error.args[0].code() if isinstance(error, KafkaException) else None
        if code == KafkaError.SECURITY_DISABLED:
            why = "it has no authorizer: everybody may do everything"
            return OperatorError(what, why, "set authorizer.class.name on it")
        if code == KafkaError.CLUSTER_AUTHORIZATION_FAILED:
            return self._refused()
        return InfrastructureError(what, f"it does not tell or change rights ({error})", "try again")


def _binding(granted: Granted) -> AclBinding:
    right = granted.right
    pattern = ResourcePatternType.PREFIXED if right.prefixed else ResourcePatternType.LITERAL
    return AclBinding(
        _KINDS[right.kind], right.name, pattern, f"User:{granted.user}", "*", AclOperation[right.operation],
        AclPermissionType.ALLOW,
    )  # fmt: skip


def _granted(binding: Any) -> Granted | None:
    kind = _NAMES_OF_KINDS.get(binding.restype)
    by_name = binding.principal.startswith("User:") and binding.host == "*"
    if kind is None or not by_name or binding.permission_type != AclPermissionType.ALLOW:
        return None
    prefixed = binding.resource_pattern_type == ResourcePatternType.PREFIXED
    return Granted(binding.principal.removeprefix("User:"), Right(kind, binding.name, binding.operation.name, prefixed))
