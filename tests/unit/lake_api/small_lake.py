"""A small lake of made-up results, and the API on it, called in the same process."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from app.lake.indexing import TABLES, index_files
from app.lake.open import open_blocking, open_plate_index_blocking
from app.lake.rows import Row
from app.lake.tables import LAKE_TABLES
from app.lake_api.tokens import make_token
from app.lake_api.web import make_app
from app.settings import Settings
from tests.unit.lake.results import AT_US, BOX, made, named, result, rows_of_all

DAY_US = 86_400_000_000
PLATES = [f"AB{number:03d}" for number in range(40)]
TIMES = [f"2025-11-2{day}T12:00:{second:02d}Z" for day in (5, 6, 7) for second in (0, 5, 19)]
COLORS = ("white", "black", "silver", "blue")


def said(chance: random.Random, number: int) -> dict[str, Any]:
    """Return a result with a plate, a car, or both, some values left out."""
    entry: dict[str, Any] = {}
    if chance.random() < 0.9:
        sures = [round(chance.uniform(30, 99), 1) for _ in range(2)][: chance.randint(0, 2)]
        entry = {"text": chance.choice(PLATES), "confidences": sures, "warpedBox": BOX,
                 "country": [{"code": chance.choice(("RUS", "USA")), "confidence": 90.0}]}  # fmt: skip
    if chance.random() < 0.8 or not entry:
        colors = chance.sample(COLORS, 2)
        entry["car"] = {"confidence": 95.0, "warpedBox": BOX, "color": named((colors[0], 60.0), (colors[1], 30.0)),
                        "makeModelYear": [made("kia", "rio", 50.0)]}  # fmt: skip
    return {"frame_id": number, "plates": [entry]}


def rows(seed: int, count: int = 120, days: int = 3) -> dict[str, list[Row]]:
    """Return the rows of results that lie in some days, several at the same time."""
    chance, found = random.Random(seed), dict[str, list[Row]]((name, []) for name in LAKE_TABLES)
    for number in range(count):
        at_us = AT_US + (number % days) * DAY_US + chance.randrange(20) * 1_000_000
        one = result(said(chance, seed * 10_000 + number), f"gate-{number % 4}", at_us)
        for name, more in rows_of_all(one).items():
            found[name] += more
    return found


def settings_of(folder: Path, **more: Any) -> Settings:
    """Return the settings of a lake in a folder."""
    return Settings(home=folder, **more)


def commit(settings: Settings, seed: int, count: int = 120, days: int = 3, indexed: str = "indexed") -> None:
    """Add the rows of a seed to all tables, as the registrar does."""
    warehouse, index = open_blocking(settings), open_plate_index_blocking(settings)
    warehouse.create()
    for name, found in rows(seed, count, days).items():
        paths = [file.path for file in warehouse.write(name, found, f"0000-{seed:012d}")]
        if name in TABLES and indexed == "indexed":
            index_files(warehouse, index, paths)
        warehouse.add(name, [(seed * 100 + place, path) for place, path in enumerate(paths)])
    index.close()
    warehouse.close()


class Caller:
    """Ask the API as one holder of a token."""

    def __init__(self, client: TestClient, token: str) -> None:
        self.client, self.token, self.headers = client, token, {
            "Authorization": f"Bearer {token}", "Content-Type": "application/json",
        }  # fmt: skip

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, content=json.dumps(body), headers=self.headers)

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def rows(self, table: str, **body: Any) -> list[dict[str, Any]]:
        answer = self.post("/query", table_name=table, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def count(self, table: str, **body: Any) -> int:
        answer = self.post("/count", table_name=table, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()["count"]

    def refused(self, path: str, **body: Any) -> tuple[int, str]:
        answer = self.post(path, **body)
        return answer.status_code, answer.json()["error"]

    def pages(self, table: str, **body: Any) -> Iterator[list[dict[str, Any]]]:
        """Yield page after page; the caller may do what it likes in between."""
        cursor = None
        while True:
            answer = self.post("/query", table_name=table, cursor=cursor, **body)
            assert answer.status_code == 200, answer.text
            yield answer.json()
            cursor = answer.headers.get("X-Next-Cursor")
            if cursor is None:
                return


@contextmanager
def api_on(settings: Settings) -> Iterator[tuple[Caller, Caller]]:
    """Run the API; yield one who may read plates, and one who may not."""
    tokens = settings.path_of_lake() / "tokens.jsonl"
    names = [("reader", ("query", "plates")), ("guest", ("query",))]
    made_now = [make_token(tokens, f"{name}-{random.getrandbits(64)}", scopes) for name, scopes in names]
    with TestClient(make_app(settings), raise_server_exceptions=False) as client:
        reader, guest = (Caller(client, token) for token in made_now)
        yield reader, guest
