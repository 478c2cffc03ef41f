"""Makes the bucket as roadsieve needs it: closed to the public, temporary objects removed by the server if it can."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from app.errors import OperatorError
from app.settings import Settings
from app.stores.keys import TEMPORARY
from app.stores.s3_client import DEFAULT_REGION, name_of, s3_client
from app.stores.s3_faults import CLIENT_ERRORS, MISSING, NOT_IMPLEMENTED, code_of, translated

DAY_S = 86_400
NO_RULES = frozenset({"NoSuchLifecycleConfiguration"})
CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was found and made."""

    name: str
    was_there: bool
    blocks_public: bool
    """The server itself refuses to make anything public; where it cannot, nothing is public unless somebody says so."""
    removes_after_days: int
    """Days after which the server removes temporary objects; 0 where it has no such rules and the sweep must."""


def lifecycle_rules(ttl_s: float) -> list[dict[str, Any]]:
    """Return our rules, in whole days as S3 has them: temporary objects, and uploads that nobody finished. Pure."""
    days = max(1, math.ceil(ttl_s / DAY_S))
    return [
        {
            "ID": "roadsieve-temporary", "Status": "Enabled", "Filter": {"Prefix": TEMPORARY},
            "Expiration": {"Days": days}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        },
        {
            "ID": "roadsieve-unfinished", "Status": "Enabled", "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
    ]  # fmt: skip


def merged(rules: Sequence[dict[str, Any]], ours: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a bucket's rules with ours in place of older ones of ours; those of others stay. Pure."""
    names = {rule["ID"] for rule in ours}
    return [*(rule for rule in rules if rule.get("ID") not in names), *ours]


async def create_bucket(settings: Settings) -> Bucket:
    """Make the bucket, or take the one that is ours already; then close it and set its rules.

    Raises OperatorError without a bucket's name, and as every call to the store does.
    """
    if not settings.s3_bucket:
        raise OperatorError("the S3 bucket", "none is named", "set ROADSIEVE_S3_BUCKET")
    ours = lifecycle_rules(settings.temporary_ttl_s)
    async with s3_client(settings) as client:
        try:
            was_there = not await _made(client, settings.s3_bucket)
            blocks = await _unless_missing(
                client.put_public_access_block(
                    Bucket=settings.s3_bucket, PublicAccessBlockConfiguration=CLOSED
                )
            )  # fmt: skip
            removes = await _unless_missing(_set_rules(client, settings.s3_bucket, ours))
        except CLIENT_ERRORS as error:
            raise translated(error, name_of(settings)) from error
    days = ours[0]["Expiration"]["Days"] if removes else 0
    return Bucket(settings.s3_bucket, was_there, blocks, days)


async def _made(client: Any, bucket: str) -> bool:
    try:
        await client.head_bucket(Bucket=bucket)  # in us-east-1 making it again is no error
    except ClientError as error:
        if code_of(error) not in MISSING:
            raise
    else:
        return False
    region = client.meta.region_name
    place = {} if region == DEFAULT_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    await client.create_bucket(Bucket=bucket, **place)
    return True


async def _set_rules(client: Any, bucket: str, ours: Sequence[dict[str, Any]]) -> None:
    try:
        there = (await client.get_bucket_lifecycle_configuration(Bucket=bucket))["Rules"]
    except ClientError as error:
        if code_of(error) not in NO_RULES:
            raise
        there = []
    rules = {"Rules": merged(there, ours)}
    await client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=rules)


async def _unless_missing(call: Any) -> bool:
    """Await a call; tell whether the server has it at all."""
    try:
        await call
    except ClientError as error:
        if code_of(error) not in NOT_IMPLEMENTED:
            raise
        return False
    return True
