"""The examples of ops/plate_queries.md are answered, and what it says of settings and statuses is so."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from app.lake_api.refusals import REFUSALS
from app.settings import PREFIX, Settings
from tests.unit.lake_api.small_lake import Caller

TEXT = (Path(__file__).parents[3] / "ops" / "plate_queries.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
CURLS = [line for block in BLOCKS for line in re.split(r"\n(?=curl)", block) if line.startswith("curl")]


@pytest.mark.parametrize("curl", CURLS, ids=range(len(CURLS)))
def test_an_example_is_answered(reader: Caller, curl: str) -> None:
    words = shlex.split(curl.replace("\\\n", " "))
    [url] = [word for word in words if word.startswith("http://127.0.0.1:6068/")]
    headers = [words[place + 1].replace("$TOKEN", reader.token) for place, word in enumerate(words) if word == "-H"]
    bodies = [words[place + 1] for place, word in enumerate(words) if word == "-d"]
    answer = reader.client.request(
        "POST" if bodies else "GET", "/" + url.rsplit("/", 1)[1], content=bodies[0].encode() if bodies else None,
        headers=dict(header.split(": ") for header in headers),
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    if bodies:
        assert json.loads(bodies[0])["table_name"]


def test_there_are_examples() -> None:
    assert {re.search(r"6068/(\w+)", curl)[1] for curl in CURLS} == {"query", "count", "tables", "health"}  # type: ignore[index]  # each has one


def test_every_setting_of_the_api_is_told_and_no_other() -> None:
    told = {name.lower().removeprefix(PREFIX.lower()).lstrip("_") for name in re.findall(r"`(\w*_?API_\w+)`", TEXT)}
    assert told == {name for name in Settings.model_fields if name.startswith("api_")}


def test_every_status_that_is_told_is_one() -> None:
    statuses = {refusal.status for refusal in REFUSALS}
    told = {int(number) for number in re.findall(r"\b([45]\d\d)\b", TEXT)}
    assert told == statuses
