"""Laws of the jars: complete and checked, or not there at all."""

import shutil
import threading
from pathlib import Path

import pytest

from app.errors import OperatorError
from ops.broker import jars


@pytest.fixture
def lock_of_three(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Stand a source of three small files in for the network, and name their hashes as the lock file would."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("a.jar", "b.jar", "c.jar"):
        (source / name).write_text(name)
    digests = {path.name: jars.sha256_of(path) for path in source.iterdir()}
    monkeypatch.setattr(jars, "expected_sha256", lambda: digests)

    def download(scratch: Path) -> list[Path]:
        return [Path(shutil.copy(path, scratch / path.name)) for path in sorted(source.iterdir())]

    monkeypatch.setattr(jars, "_download", download)
    return source


def test_the_lock_names_each_jar_once_with_a_whole_hash() -> None:
    expected = jars.expected_sha256()
    assert f"kafka_2.13-{jars.KAFKA_VERSION}.jar" in expected
    assert {len(digest) for digest in expected.values()} == {64}


def test_the_class_path_has_one_order(lock_of_three: Path, tmp_path: Path) -> None:
    assert [jar.name for jar in jars.resolve(tmp_path / "cache").jars] == ["a.jar", "b.jar", "c.jar"]


@pytest.mark.parametrize("damage", ["changed", "missing", "added"])
def test_other_bytes_than_the_locked_ones_are_refused_and_leave_nothing(
    lock_of_three: Path, tmp_path: Path, damage: str
) -> None:
    match damage:
        case "changed":
            (lock_of_three / "b.jar").write_text("other bytes")
        case "missing":
            (lock_of_three / "b.jar").unlink()
        case "added":
            (lock_of_three / "d.jar").write_text("d.jar")
    with pytest.raises(OperatorError, match=r"differ from ops/broker/jars.sha256: [bd].jar"):
        jars.resolve(tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []


def test_a_fetch_that_fails_says_why_and_the_next_one_starts_anew(
    lock_of_three: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:

        def fail(scratch: Path) -> list[Path]:
            (scratch / "half.jar").write_text("hal")
            raise RuntimeError("no such artifact")

        broken.setattr(jars, "_download", fail)
        with pytest.raises(OperatorError, match="no such artifact"):
            jars.resolve(tmp_path / "cache")
    assert len(jars.resolve(tmp_path / "cache").jars) == 3


def test_callers_that_come_together_fetch_once(lock_of_three: Path, tmp_path: Path) -> None:
    said: list[str] = []
    threads = [threading.Thread(target=jars.resolve, args=(tmp_path / "cache", said.append)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(said) == 1
