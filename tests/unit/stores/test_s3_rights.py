"""Each role can do its work with the rights of its file in ops/s3, and nothing beyond it."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.commands.bucket import ROLES
from app.errors import OperatorError
from app.settings import Settings
from app.stores.objects import Objects
from app.stores.s3_client import open_s3
from app.stores.s3_rights import grant
from ops.stack.s3 import ACCESS_KEY, SECRET_KEY, S3Server, gateway_path

RIGHTS = Path(__file__).parents[3] / "ops" / "s3"
OWNER_ALONE = {"bucket"}  # it makes the bucket, so no policy of a bucket can speak of it
SECRET = "a-secret-of-the-tests"

ACTS = {
    "write temporary": lambda o: o.put("temporary/c/new", b"1"),
    "read temporary": lambda o: o.get("temporary/c/there"),
    "delete temporary": lambda o: o.delete(["temporary/c/there"]),
    "write archive": lambda o: o.put("archive/x/new", b"1"),
    "read archive": lambda o: o.get("archive/x/there"),
    "delete archive": lambda o: o.delete(["archive/x/there"]),
    "archive": lambda o: o.copy("temporary/c/there", "archive/x/copied"),
}
MAY = {
    "porter": {"write temporary", "read temporary"},
    "detector": {"read temporary"},
    "librarian": {"read temporary", "delete temporary", "write archive", "read archive", "archive"},
    "sweep": {"delete temporary"},
    "links": {"read archive"},
}


def policy_of(role: str) -> dict:
    return json.loads((RIGHTS / f"{role}.json").read_text())


@pytest.fixture
async def as_role(s3: S3Server, bucket: Settings):
    """Give the bucket as it is for one role; two objects lie there."""
    if s3.kind == "moto":
        pytest.skip("moto lets everybody do everything")
    people = {role: f"{role}-{bucket.s3_bucket[-8:]}" for role in ROLES}
    for person in people.values():
        admin = [str(gateway_path()), "admin", "-a", ACCESS_KEY, "-s", SECRET_KEY, "--er", s3.endpoint]
        made = [*admin, "create-user", "-a", person, "-s", SECRET, "-r", "user"]
        await asyncio.to_thread(subprocess.run, made, check=True, capture_output=True, timeout=30)
    async with open_s3(bucket) as objects:
        await objects.put("temporary/c/there", b"video")
        await objects.put("archive/x/there", b"picture")
    await grant(bucket, {people[role]: policy_of(role) for role in ROLES})

    @asynccontextmanager
    async def opened(role: str) -> AsyncIterator[Objects]:
        keys = {"s3_access_key": people[role], "s3_secret_key": SecretStr(SECRET)}
        async with open_s3(bucket.model_copy(update=keys)) as objects:
            yield objects

    return opened


def test_every_file_of_rights_is_a_role_that_is_tested():
    assert {path.stem for path in RIGHTS.glob("*.json")} == {*ROLES, *OWNER_ALONE}


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_do_its_work_and_nothing_else(as_role, role):
    async with as_role(role) as objects:
        for act in sorted(ACTS, key=lambda act: act.startswith("delete")):
            if act in MAY[role]:
                await ACTS[act](objects)
            else:
                with pytest.raises(OperatorError, match=r"this key has not the right to do that; give it .*ops/s3"):
                    await ACTS[act](objects)


@pytest.mark.parametrize("role", ROLES)
async def test_a_missing_object_is_missing_not_forbidden(as_role, role):
    async with as_role(role) as objects:
        assert [found.key async for found in objects.list("archive/")] == ["archive/x/there"]
        place = {"sweep": None, "links": "archive/x/no"}.get(role, "temporary/c/no")
        if place:
            assert await objects.head(place) is None


async def test_the_sweep_may_give_up_uploads(as_role):
    async with as_role("sweep") as objects:
        assert [found async for found in objects.list("incoming/")] == []


async def test_rights_for_nobody_that_the_server_knows_are_refused_in_one_line(s3: S3Server, bucket: Settings):
    if s3.kind == "moto":
        pytest.skip("moto lets everybody do everything")
    with pytest.raises(OperatorError, match=r"it takes no policy for nobody-here .*; make these users there before$"):
        await grant(bucket, {"nobody-here": policy_of("porter")})


@pytest.mark.parametrize("role", [*ROLES, *sorted(OWNER_ALONE)])
def test_no_file_gives_a_right_to_everything(role):
    for statement in policy_of(role)["Statement"]:
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        assert all(action.startswith("s3:") and "*" not in action for action in statement["Action"])
        assert all(
            one.removeprefix("arn:aws:s3:::roadsieve") in {"", "/temporary/*", "/archive/*"} for one in resources
        )
