"""Checks, before any work, that broker and topics are as a stage needs them: one line instead of an idle worker.

Faust retries an absent broker for ever, and a missing source topic only makes it log "Ignoring missing topic".
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from app.engine.declare import Limits, Stage
from app.engine.granted import check_granted
from app.errors import InfrastructureError, OperatorError, PreflightError
from app.kafka_access import client_options, is_secured
from app.kafka_faults import not_let_in
from app.settings import Settings

ANSWER_S = 15.0
_CONFIGS = ("cleanup.policy", "max.message.bytes", "delete.retention.ms")


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What the broker says of a topic."""

    partitions: int
    error: str
    cleanup: str = ""
    max_message_bytes: int = 0
    delete_retention_ms: int = 0


def problems(stage: Stage, limits: Limits, facts: Mapping[str, TopicFacts]) -> list[str]:
    """Return what is wrong with the topics of a stage, one sentence each. Pure."""
    found = []
    source, changelog = stage.source.name, stage.table.changelog
    wanted = {topic.name: topic.max_message_bytes for topic in (stage.source, *stage.targets)}
    wanted[changelog] = stage.table.max_message_bytes
    for name, size_bytes in wanted.items():
        topic = facts[name]
        if topic.error:
            found.append(f"topic {name} is missing or forbidden ({topic.error})")
        elif topic.max_message_bytes < size_bytes and name != source:
            found.append(
                f"topic {name} takes messages of {topic.max_message_bytes} bytes, the stage may send {size_bytes}"
            )
    if found:
        return found
    if facts[source].partitions != facts[changelog].partitions:
        found.append(
            f"{source} has {facts[source].partitions} partitions, {changelog} {facts[changelog].partitions}: "
            "state is kept per source partition"
        )
    if facts[changelog].cleanup != "compact":
        found.append(
            f"{changelog} has cleanup.policy={facts[changelog].cleanup}: state would be deleted; it must be compact"
        )
    if facts[source].cleanup != "delete":
        policy = facts[source].cleanup
        found.append(f"{source} has cleanup.policy={policy}: records could vanish unread; it must be delete")
    if stage.window is not None and stage.marker is None:
        found.append(f"agent {stage.name} has windows but no marker=: a window could stay open for ever")
    if stage.ask is not None and stage.ask.timeout_s >= limits.stall_s:
        found.append(f"stall_s={limits.stall_s:g} must exceed the ask's timeout_s={stage.ask.timeout_s:g}")
    if limits.retry_budget_s >= limits.stall_s or (stage.window is not None and stage.linger_s * 2 >= limits.stall_s):
        found.append(
            f"stall_s={limits.stall_s:g} must exceed retry_budget_s={limits.retry_budget_s:g} "
            f"and twice a window's linger_s={stage.linger_s:g}"
        )
    return found


async def preflight(stage: Stage, limits: Limits, chosen: Settings) -> TopicFacts:
    """Return the facts of the stage's changelog; raise PreflightError with everything that is wrong."""
    names = sorted({topic.name for topic in (stage.source, *stage.targets)} | {stage.table.changelog})
    facts = await _ask_broker(stage, names, chosen)
    if found := problems(stage, limits, facts):
        raise PreflightError(
            f"stage {stage.name}",
            "; ".join(found),
            "create the topics with `roadsieve topics create`, see `roadsieve topics check`",
        )
    return facts[stage.table.changelog]


async def _ask_broker(stage: Stage, names: list[str], chosen: Settings) -> dict[str, TopicFacts]:
    loop = asyncio.get_running_loop()
    deadline_s, last = loop.time() + ANSWER_S, "no connection"
    while (left_s := deadline_s - loop.time()) > 0:
        admin = AIOKafkaAdminClient(**client_options(chosen), request_timeout_ms=5000)
        try:
            async with asyncio.timeout(left_s):
                await admin.start()
                if is_secured(chosen):
                    await check_granted(stage, chosen, admin)
                return await _facts(admin, names)
        except (KafkaError, OSError, InfrastructureError) as error:  # a broker may be restarting right now
            fault = await not_let_in(chosen, error)
            if isinstance(fault, OperatorError):
                raise fault from error
            last = str(error) or repr(error)
            await asyncio.sleep(min(1.0, max(0.0, deadline_s - loop.time())))
        finally:
            await admin.close()
    raise PreflightError(
        f"Kafka at {chosen.kafka}",
        f"no answer in {ANSWER_S:.0f} s ({last})",
        "start it (`roadsieve broker start`) or set ROADSIEVE_KAFKA",
    )


async def _facts(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, TopicFacts]:
    described: list[dict[str, Any]] = await admin.describe_topics(names)
    facts = {
        topic["topic"]: TopicFacts(
            len(topic["partitions"]), for_code(topic["error_code"]).__name__ if topic["error_code"] else ""
        )
        for topic in described
    }
    there = [name for name in names if not facts[name].error]
    if not there:
        return facts
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(_CONFIGS)) for name in there]
    for answer in await admin.describe_configs(resources):
        for _, _, _, name, entries in answer.resources:
            values = {entry[0]: entry[1] for entry in entries}
            facts[name] = TopicFacts(
                facts[name].partitions,
                "",
                values["cleanup.policy"],
                int(values["max.message.bytes"]),
                int(values["delete.retention.ms"]),
            )
    return facts
