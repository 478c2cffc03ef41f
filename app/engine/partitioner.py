"""Which partition a key belongs to: Kafka's Java default (murmur2), with the answers of recent keys kept."""

from __future__ import annotations

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=65_536)
def key_hash(key: bytes) -> int:
    """Return the non-negative murmur2 hash of a key, as Java's default partitioner takes it."""
    return int(murmur2(key)) & 0x7FFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a key in a topic of that many partitions."""
    return key_hash(key) % partitions
