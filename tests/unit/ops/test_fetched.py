"""Laws of what is fetched: complete and checked, or not there at all."""

import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.errors import OperatorError
from ops.broker.jars import KAFKA, KAFKA_VERSION
from ops.stack.fetched import Parts, install, sha256_of

THREE = Parts("Three Jars 1.0", "three-1.0", "15 bytes", ("ops.broker", "jars.sha256"))


class Source:
    """Three small files in place of the network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for name in ("a.jar", "b.jar", "c.jar"):
            (folder / name).write_text(name)
        self.digests = {path.name: sha256_of(path) for path in folder.iterdir()}

    def fetch(self, scratch: Path) -> Sequence[Path]:
        return [Path(shutil.copy(path, scratch / path.name)) for path in sorted(self.folder.iterdir())]


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Source:
    made = Source(tmp_path / "source")
    monkeypatch.setattr(Parts, "expected_sha256", lambda _: made.digests)
    return made


def test_the_list_names_each_jar_of_kafka_once_with_a_whole_hash() -> None:
    expected = KAFKA.expected_sha256()
    assert f"kafka_2.13-{KAFKA_VERSION}.jar" in expected
    assert {len(digest) for digest in expected.values()} == {64}


@pytest.mark.parametrize("damage", ["changed", "missing", "added"])
def test_other_bytes_than_the_listed_ones_are_refused_and_leave_nothing(
    source: Source, tmp_path: Path, damage: str
) -> None:
    match damage:
        case "changed":
            (source.folder / "b.jar").write_text("other bytes")
        case "missing":
            (source.folder / "b.jar").unlink()
        case "added":
            (source.folder / "d.jar").write_text("d.jar")
    with pytest.raises(OperatorError, match=r"differ from ops/broker/jars.sha256: [bd].jar"):
        install(THREE, source.fetch, tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []


def test_a_fetch_that_fails_says_why_and_the_next_one_starts_anew(source: Source, tmp_path: Path) -> None:
    def fail(scratch: Path) -> Sequence[Path]:
        (scratch / "half.jar").write_text("hal")
        raise RuntimeError("no such artifact")

    with pytest.raises(OperatorError, match="no such artifact"):
        install(THREE, fail, tmp_path / "cache")
    assert len(list(install(THREE, source.fetch, tmp_path / "cache").iterdir())) == 3


def test_what_is_unpacked_is_kept_and_what_cannot_be_unpacked_is_not(source: Source, tmp_path: Path) -> None:
    def unpack(folder: Path) -> None:
        (folder / "b.jar").rename(folder / "unpacked")

    def fail(folder: Path) -> None:
        raise RuntimeError("not an archive")

    with pytest.raises(OperatorError, match="not an archive"):
        install(THREE, source.fetch, tmp_path / "cache", unpack=fail)
    found = install(THREE, source.fetch, tmp_path / "cache", unpack=unpack)
    assert sorted(path.name for path in found.iterdir()) == ["a.jar", "c.jar", "unpacked"]


def test_callers_that_come_together_fetch_once(source: Source, tmp_path: Path) -> None:
    said: list[str] = []
    arguments = (THREE, source.fetch, tmp_path / "cache", said.append)
    threads = [threading.Thread(target=install, args=arguments) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert said == [f"Fetching Three Jars 1.0 (15 bytes, once) into {tmp_path / 'cache' / 'three-1.0'} …"]
