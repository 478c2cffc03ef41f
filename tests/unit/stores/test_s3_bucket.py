"""The bucket is made closed, with rules where the server has them; what others set there stays."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from app.commands.bucket import bucket
from app.commands.exits import exit_code_of
from app.errors import OperatorError
from app.settings import Settings
from app.stores.s3_bucket import DAY_S, create_bucket, lifecycle_rules, merged
from app.stores.s3_client import s3_client
from tests.buckets import settings_of


@pytest.mark.parametrize(("ttl_s", "days"), [(1, 1), (DAY_S, 1), (DAY_S + 1, 2), (7 * DAY_S, 7)])
def test_the_server_never_removes_what_the_sweep_would_still_keep(ttl_s, days):
    [temporary, _] = lifecycle_rules(ttl_s)
    assert temporary["Expiration"] == {"Days": days} and temporary["Filter"] == {"Prefix": "temporary/"}


def test_rules_of_others_stay_and_ours_are_replaced():
    theirs = {"ID": "theirs", "Status": "Enabled"}
    once = merged([theirs], lifecycle_rules(DAY_S))
    assert merged(once, lifecycle_rules(2 * DAY_S)) == [theirs, *lifecycle_rules(2 * DAY_S)]


async def test_making_it_again_only_sets_the_rules_anew(moto):
    settings = settings_of(moto)
    first = await create_bucket(settings)
    async with s3_client(settings) as client:
        rule = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 9}}
        wanted = {"Rules": [rule, *lifecycle_rules(DAY_S)]}
        await client.put_bucket_lifecycle_configuration(Bucket=settings.s3_bucket, LifecycleConfiguration=wanted)
        again = await create_bucket(settings.model_copy(update={"temporary_ttl_s": 3.0 * DAY_S}))
        there = (await client.get_bucket_lifecycle_configuration(Bucket=settings.s3_bucket))["Rules"]
        closed = await client.get_public_access_block(Bucket=settings.s3_bucket)
    assert (first.was_there, again.was_there) == (False, True)
    assert (first.removes_after_days, again.removes_after_days) == (1, 3)
    assert [rule["ID"] for rule in there] == ["theirs", "roadsieve-temporary", "roadsieve-unfinished"]
    assert there[1]["Expiration"]["Days"] == 3
    assert set(closed["PublicAccessBlockConfiguration"].values()) == {True}


async def test_a_server_without_rules_leaves_the_work_to_the_sweep(s3):
    if s3.kind == "moto":
        pytest.skip("moto has lifecycle rules")
    made = await create_bucket(settings_of(s3))
    assert made.removes_after_days == 0


def test_the_verb_says_what_it_made(s3, monkeypatch):
    settings = settings_of(s3)
    monkeypatch.setattr("app.commands.bucket.settings", lambda: settings)
    first = CliRunner().invoke(bucket, ["create"])
    assert first.exit_code == 0, first.output
    assert f"Bucket {settings.s3_bucket} is made." in first.output.replace("\n", " ")
    again = json.loads(CliRunner().invoke(bucket, ["create", "--json"]).stdout)
    assert (again["name"], again["was_there"]) == (settings.s3_bucket, True)


async def test_without_a_name_nothing_is_made():
    with pytest.raises(OperatorError, match=r"none is named; set ROADSIEVE_S3_BUCKET") as caught:
        await create_bucket(Settings())
    assert exit_code_of(caught.value) == 78
