"""Rights of roles to the bucket, as the bucket's own policy: for servers that know no policies of users."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from app.errors import OperatorError
from app.settings import Settings
from app.stores.s3_client import name_of, s3_client
from app.stores.s3_faults import CLIENT_ERRORS, code_of, translated

WRITTEN_FOR = "arn:aws:s3:::roadsieve"
"""The bucket that the files of ops/s3 name."""

Policy = Mapping[str, Any]


def bucket_policy(bucket: str, policies: Mapping[str, Policy]) -> dict[str, Any]:
    """Return the policies of users, by user, as one policy of a bucket. Pure."""
    statements = [
        {**statement, "Principal": {"AWS": [user]}}
        for user, policy in policies.items()
        for statement in policy["Statement"]
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    found: dict[str, Any] = json.loads(text.replace(WRITTEN_FOR, f"arn:aws:s3:::{bucket}"))
    return found


async def grant(settings: Settings, policies: Mapping[str, Policy]) -> None:
    """Give users their rights to the bucket, in place of the policy that it had.

    Raises OperatorError for a user whom the server does not know, and as every call to the store does.
    """
    if not settings.s3_bucket:
        raise OperatorError("the S3 bucket", "none is named", "set ROADSIEVE_S3_BUCKET")
    policy = json.dumps(bucket_policy(settings.s3_bucket, policies))
    async with s3_client(settings) as client:
        try:
            await client.put_bucket_policy(Bucket=settings.s3_bucket, Policy=policy)
        except ClientError as error:
            if code_of(error) == "MalformedPolicy":
                why = f"it takes no policy for {', '.join(policies)} ({error.response['Error'].get('Message', '')})"
                raise OperatorError(name_of(settings), why, "make these users there before") from error
            raise translated(error, name_of(settings)) from error
        except CLIENT_ERRORS as error:
            raise translated(error, name_of(settings)) from error
