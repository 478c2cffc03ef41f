"""Is a cluster answering? An open port is not enough: it must name its controller and all its brokers."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from ops.stack.ports import is_listening


def answers(bootstrap: str, brokers: int = 1, timeout_s: float = 5.0, **access: Any) -> bool:
    """Tell whether the cluster has a controller and at least `brokers` brokers; `access` is what lets a client in.

    Works from any thread, whether or not an event loop runs in it: the question is asked on a thread of its own.
    """
    ports = [int(address.rpartition(":")[2]) for address in bootstrap.split(",")]
    if not any(is_listening(port) for port in ports):
        return False  # the client would say so in the log at every attempt
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="broker-ready") as one:
        return one.submit(asyncio.run, _answers(bootstrap, brokers, timeout_s, access)).result()


async def _answers(bootstrap: str, brokers: int, timeout_s: float, access: dict[str, Any]) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(timeout_s * 1000), **access)
    try:
        async with asyncio.timeout(timeout_s):
            await admin.start()
            cluster = await admin.describe_cluster()
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await admin.close()
    return bool(cluster["controller_id"] >= 0 and len(cluster["brokers"]) >= brokers)
