"""A lookup of a plate reads the files that hold it and no others, and misses none, whatever the index knows."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.errors import OperatorError
from app.lake import plate_index
from app.lake.indexing import reindex
from app.lake.open import open_blocking, open_plate_index_blocking
from app.lake.plate_index import PlateIndex
from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import Warehouse
from app.lake_api.answering import Answering
from app.lake_api.body import QuestionBody
from app.lake_api.question import asked
from app.lake_api.service import by_plate_index
from app.lake_api.shots import Shots
from app.settings import Settings
from tests.unit.lake_api.small_lake import PLATES, commit, rows, settings_of

COMMITS, DAYS = 4, 4


def quiet(done: int, of: int) -> None:
    assert done <= of


def looked_up(settings: Settings, table: str = "plate", **filters: Any) -> tuple[list[str], int]:
    """Return the ids that a lookup finds, and the files it read."""
    warehouse, index = open_blocking(settings), open_plate_index_blocking(settings)
    question = asked(QuestionBody(table_name=table, filters=filters, limit=5000), True, 5000)
    page = Answering(Shots(warehouse), by_plate_index(index), frozenset, 1 << 40).page(question, lambda: None)
    found, read = page.rows.column(LAKE_TABLES[table].key[0]).to_pylist(), page.files_read
    index.close()
    warehouse.close()
    return found, read


def truth(*texts: str, commits: int = COMMITS, table: str = "plate") -> set[str]:
    made = [row for seed in range(1, commits + 1) for row in rows(seed, 40, DAYS)[table]]
    place = LAKE_TABLES[table].column_names.index("plateText")
    return {row[0] for row in made if row[place] in texts}


def pack(warehouse: Warehouse) -> None:
    """Put the files of each day into one, in one commit."""
    table = warehouse.table("plate")
    tasks = list(table.scan().plan_files())
    days: dict[str, list[pa.Table]] = {}
    for task in tasks:
        rows = pq.read_table(task.file.file_path.removeprefix("file://"), partitioning=None)
        days.setdefault(str(task.file.partition[0]), []).append(rows)
    packed = [f"{warehouse.location}/packed-{day}.parquet" for day in days]
    for path, some in zip(packed, days.values(), strict=True):
        pq.write_table(pa.concat_tables(some).sort_by("plateText"), path.removeprefix("file://"))
    with table.transaction() as change:
        with change.update_snapshot().overwrite() as replaced:
            for task in tasks:
                replaced.delete_data_file(task.file)
        change.add_files(packed)


def files_of(settings: Settings, *texts: str, table: str = "plate") -> int:
    """Return how many files hold one of the plates, by reading them all."""
    warehouse = open_blocking(settings)
    held = sum(bool({*texts} & warehouse.texts(path, "plateText")) for path in warehouse.paths(table))
    warehouse.close()
    return held


@pytest.fixture(scope="module")
def many_files(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_of(tmp_path_factory.mktemp("many"))
    for seed in range(1, COMMITS + 1):
        commit(settings, seed, 40, DAYS)
    return settings


@pytest.mark.slow
@pytest.mark.parametrize("table", ["plate", "sighting"])
@pytest.mark.parametrize("texts", [["AB000"], ["AB017"], ["AB039", "AB001"], ["AB020x"], ["none", "of these"]])
def test_a_lookup_reads_the_files_that_hold_the_plate_and_no_others(
    many_files: Settings, texts: list[str], table: str
) -> None:
    found, read = looked_up(many_files, table, plateText={"in": texts})
    assert set(found) == truth(*texts, table=table)
    assert read == files_of(many_files, *texts, table=table) < COMMITS * DAYS


@pytest.mark.slow
def test_without_an_index_the_same_is_found_in_more_files(tmp_path: Path, many_files: Settings) -> None:
    settings = settings_of(tmp_path)
    for seed in range(1, COMMITS + 1):
        commit(settings, seed, 40, DAYS, indexed="not indexed")
    for text in PLATES[10:13]:
        found, read = looked_up(settings, plateText=text)
        assert set(found) == truth(text)
        assert read > files_of(settings, text)
    warehouse, index = open_blocking(settings), open_plate_index_blocking(settings)
    assert reindex(warehouse, index, quiet) == (2 * COMMITS * DAYS, 0), "of tables plate and sighting"
    assert reindex(warehouse, index, quiet) == (0, 0)
    index.close()
    warehouse.close()
    assert looked_up(settings, plateText=PLATES[10])[1] == files_of(settings, PLATES[10])


@pytest.mark.slow
def test_files_that_were_packed_are_searched_until_they_are_indexed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    for seed in (1, 2):
        commit(settings, seed, 40, DAYS)
    warehouse, index = open_blocking(settings), open_plate_index_blocking(settings)
    pack(warehouse)
    found, read = looked_up(settings, plateText="AB005")
    assert set(found) == truth("AB005", commits=2)
    added, gone = reindex(warehouse, index, quiet)
    assert (added, gone) == (len(warehouse.paths("plate")), 2 * DAYS)
    assert looked_up(settings, plateText="AB005") == (found, files_of(settings, "AB005")) and read >= 1
    assert index.forget_plate("AB005") > 0
    assert looked_up(settings, plateText="AB005") == ([], 0)
    index.close()
    warehouse.close()


@pytest.mark.parametrize("text", ["", "粤BDX503*", "' OR 1=1", "%", "\x00", "AB\x00", "\u00e9", "e\u0301", "x" * 501])
def test_any_text_is_found_again_and_as_it_is(tmp_path: Path, text: str) -> None:
    index = PlateIndex(f"sqlite:///{tmp_path}/index.sqlite")
    index.add({"one": [text, "other"], "two": ["other"]})
    held = index.may_hold([text], ["one", "two", "new"])
    assert "one" in held and "new" in held
    assert ("two" in held) == ("\x00" in text or len(text) > 500), "what the index cannot keep it does not rule out"
    index.close()


def test_a_file_added_while_others_are_forgotten_waits_for_one_step_and_keeps_its_plates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plate_index, "_ROWS_AT_ONCE", 10)
    index, other = (PlateIndex(f"sqlite:///{tmp_path}/index.sqlite") for _ in range(2))
    texts = [f"{number:03}" for number in range(100)]
    index.add({"kept": texts, "old": texts})
    added: list[str] = []

    def add(*_: object) -> None:
        added.append(f"new-{len(added)}")
        other.add({added[-1]: ["000", "050", "099"]})  # would wait for the lock, in the same thread, until it fails

    sa.event.listen(index._engine, "begin", add)
    index.forget_files(["old"])
    sa.event.remove(index._engine, "begin", add)
    assert len(added) > 5
    for text in ("000", "050", "099"):
        assert index.may_hold([text], [*added, "kept"]) == {*added, "kept"}
    with sqlite3.connect(tmp_path / "index.sqlite") as database:
        others = "plate_text NOT IN ('000', '050', '099')"
        left = database.execute(f"SELECT count(*) FROM roadsieve_indexed_plates WHERE {others}")
        assert left.fetchone() == (len(texts) - 3,), "of the file that was kept"
    index.close()
    other.close()


def written_for_a_day(index: PlateIndex, database: Path) -> int:
    """Return the bytes written for the last of ten days of plates, whose order has nothing to do with time."""
    chance = random.Random(5)
    for day in range(10):
        log = database.with_name(f"{database.name}-wal")
        with sqlite3.connect(database) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        index.add({f"{day}": [f"{chance.randrange(10**8):08}" for _ in range(2000)]})
    return log.stat().st_size


@pytest.mark.slow
def test_a_day_is_put_between_the_plates_of_its_part_and_the_others_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    for part_rows in (1 << 40, 4000):
        monkeypatch.setattr(plate_index, "_PART_ROWS", part_rows)
        database = tmp_path / f"{part_rows}.sqlite"
        index = PlateIndex(f"sqlite:///{database}")
        written.append(written_for_a_day(index, database))
        index.close()
    in_one_part, in_five = written
    assert in_five < in_one_part / 2


def test_an_index_in_one_part_is_made_anew(tmp_path: Path) -> None:
    database = tmp_path / "index.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE roadsieve_plate_files (file_id INTEGER PRIMARY KEY, path TEXT UNIQUE)")
        connection.execute("INSERT INTO roadsieve_plate_files VALUES (1, 'old')")
    index = PlateIndex(f"sqlite:///{database}")
    assert index.known() == set() and index.may_hold(["A"], ["old"]) == {"old"}
    assert connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'roadsieve_plate_files'").fetchall() == []
    index.close()
    connection.close()


class TwoReaders(RuleBasedStateMachine):
    """Whatever is indexed and forgotten by one process, another one rules out no file that holds the plate."""

    texts = st.sampled_from("abcd")

    @initialize()
    def begin(self) -> None:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(plate_index, "_PART_ROWS", 3)
        self.folder = tempfile.TemporaryDirectory()
        self.writer, self.reader = (PlateIndex(f"sqlite:///{self.folder.name}/index.sqlite") for _ in range(2))
        self.held: dict[str, set[str]] = {}
        self.added: set[str] = set()

    @rule(path=st.sampled_from("123456"), texts=st.sets(texts))
    def a_file_is_indexed(self, path: str, texts: set[str]) -> None:
        self.writer.add({path: self.held.setdefault(path, texts)})
        self.added.add(path)

    @rule(paths=st.sets(st.sampled_from("123456")))
    def files_are_forgotten(self, paths: set[str]) -> None:
        self.writer.forget_files(sorted(paths))
        self.added -= paths

    @invariant()
    def no_file_is_ruled_out_that_holds_the_plate(self) -> None:
        for text in "abcd":
            may_hold = self.reader.may_hold([text], [*"123456"])
            ruled_out = {*"123456"} - {*may_hold}
            assert ruled_out == {path for path in self.added if text not in self.held[path]}

    def teardown(self) -> None:
        self.patch.undo()
        self.writer.close()
        self.reader.close()
        self.folder.cleanup()


TestTwoReaders = pytest.mark.slow(TwoReaders.TestCase)
TestTwoReaders.settings = hypothesis_settings(max_examples=10, stateful_step_count=15, deadline=None)


def test_an_index_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="plate index"):
        PlateIndex(f"sqlite:///{tmp_path}/no/such/folder/index.sqlite")
