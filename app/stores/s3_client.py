"""Opens the bucket that the settings name: client, credentials, time-outs; and whether it is what it should be."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import stamina
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from app.errors import InfrastructureError, OperatorError
from app.settings import Settings
from app.stores.keys import TEMPORARY
from app.stores.s3 import S3Objects
from app.stores.s3_faults import CLIENT_ERRORS, NOT_S3, code_of, is_no_answer_of_s3, translated

ATTEMPTS = 3
BACK_OFF_S = 5.0
PROBE_S = 15.0  # a server may be starting right now
MOST_SKEW_S = 300.0
DEFAULT_REGION = "us-east-1"


@asynccontextmanager
async def open_s3(settings: Settings) -> AsyncIterator[S3Objects]:
    """Open the bucket and look at it once; raises OperatorError when it cannot be used, InfrastructureError when it is
    not reached.
    """
    async with s3_client(settings) as client:
        name = name_of(settings)
        deadline_s = ATTEMPTS * (settings.s3_connect_timeout_s + settings.s3_answer_timeout_s) + BACK_OFF_S
        await _probe(client, settings, name, deadline_s)
        yield S3Objects(client, settings.s3_bucket, name, settings.objects_at_once, deadline_s)


def name_of(settings: Settings) -> str:
    """Return what errors call the store."""
    return f"S3 bucket {settings.s3_bucket} at {settings.s3_endpoint or 'AWS'}"


@asynccontextmanager
async def s3_client(settings: Settings) -> AsyncIterator[Any]:
    """Yield a client of aiobotocore; raises OperatorError when there can be none.

    Tries again by botocore's own rules: it knows which answers of S3 pass, keeps a quota of tries for all calls
    together, so that an outage is not made worse, and sends a signed body again as it must be sent.
    """
    for library in ("botocore", "aiobotocore"):  # their debug lines hold signed headers and session tokens
        logging.getLogger(library).setLevel(logging.WARNING)
    session = get_session()
    secret = settings.s3_secret_key.get_secret_value()
    try:
        made = session.create_client(
            "s3",
            region_name=settings.s3_region or session.get_config_variable("region") or DEFAULT_REGION,
            endpoint_url=settings.s3_endpoint or None,
            aws_access_key_id=settings.s3_access_key or None,
            aws_secret_access_key=secret or None,
            verify=str(settings.s3_ca_file) if settings.s3_ca_file else None,
            config=AioConfig(
                signature_version="s3v4",  # presigned addresses of the default are refused elsewhere than at AWS
                # a signed body is checked by every server; the checksum that would otherwise trail it over TLS is left
                # unread by some, who then take it for the next request
                s3={"addressing_style": "path" if settings.s3_endpoint else "auto", "payload_signing_enabled": True},
                request_checksum_calculation="when_required",
                connect_timeout=settings.s3_connect_timeout_s,
                read_timeout=settings.s3_answer_timeout_s,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                max_pool_connections=settings.objects_at_once,
            ),
        )
        client = await made.__aenter__()
    except (BotoCoreError, ValueError) as error:
        why = f"no client can be made of its settings ({error})"
        raise OperatorError(name_of(settings), why, "correct the settings ROADSIEVE_S3_*") from error
    try:
        yield client
    finally:
        await client.__aexit__(None, None, None)


async def _probe(client: Any, settings: Settings, name: str, deadline_s: float) -> None:
    async for attempt in stamina.retry_context(on=InfrastructureError, attempts=None, timeout=PROBE_S, wait_max=2.0):
        with attempt:
            page = await _first_page(client, settings, name, deadline_s)
    if page.get("Name", settings.s3_bucket) != settings.s3_bucket or "KeyCount" not in page:
        raise OperatorError(name, *NOT_S3)
    ahead_s = time.time() - parsedate_to_datetime(page["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()
    if abs(ahead_s) > MOST_SKEW_S:
        why = f"this machine's clock is {abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} the server's"
        remedy = "set the clocks, best by NTP: beyond 15 minutes S3 refuses every request, and the sweep goes by age"
        raise OperatorError(name, why, remedy)


async def _first_page(client: Any, settings: Settings, name: str, deadline_s: float) -> dict[str, Any]:
    """Ask for a list of one: an answer with a body, that says why where a HEAD would not."""
    try:
        async with asyncio.timeout(deadline_s):
            return dict(await client.list_objects_v2(Bucket=settings.s3_bucket, Prefix=TEMPORARY, MaxKeys=1))
    except CLIENT_ERRORS as error:
        status = code_of(error)
        nameless = isinstance(error, ClientError) and status.isdigit() and not status.startswith("5")
        if nameless or is_no_answer_of_s3(error):
            raise OperatorError(name, *NOT_S3) from error  # S3 gives a name to what is wrong
        raise translated(error, name) from error
