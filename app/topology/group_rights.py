"""What our own user may do to groups of consumers.

Asked with aiokafka: librdkafka ends the whole process by an assertion when a coordinator goes away while it is asked
(its issues 3663 and 4605), and a worker that starts while a broker dies asks just then.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, for_code
from aiokafka.protocol.admin import DescribeGroupsRequest_v3, DescribeGroupsResponse_v3

from app.rights import Operation

# aiokafka 0.14.0 reads the answer by the schema of version 2, and loses its last field: the operations.
DescribeGroupsRequest_v3.RESPONSE_TYPE = DescribeGroupsResponse_v3

#: Kafka's numbers of operations: an answer has the bit of each that is allowed.
BITS: dict[Operation, int] = {
    "READ": 3, "WRITE": 4, "CREATE": 5, "DESCRIBE": 8, "DESCRIBE_CONFIGS": 10, "ALTER_CONFIGS": 11,
}  # fmt: skip


async def group_operations(client: AIOKafkaAdminClient, groups: Iterable[str]) -> dict[str, set[Operation]]:
    """Return what we may do to each group, nothing where it is hidden from us; KafkaError where nobody answers."""
    return {group: await _operations(client, group) for group in groups}


async def _operations(client: AIOKafkaAdminClient, group: str) -> set[Operation]:
    try:
        [answer] = await client.describe_consumer_groups([group], include_authorized_operations=True)
        [(error_code, *_, allowed)] = answer.groups
        if error_code:
            raise for_code(error_code)(group)
    except GroupAuthorizationFailedError:
        return set()
    return {operation for operation, bit in BITS.items() if allowed >> bit & 1}
