"""Laws of what we depend on: declared, locked by hash, used, and none that takes our names."""

import re
from functools import cache
from importlib import metadata

import pytest

from tests.house.tree import ROOMS, ROOT, is_standard, libraries_of, pyproject, python_files, room_files

LOCK, LOCK_GPU = ((ROOT / name).read_text() for name in ("requirements.lock", "requirements-gpu.lock"))
ENTRY = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,]+\])?==(\S+)((?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE)
# Pinned by us: Faust's internals that we use reach into it; taken by uvicorn and SQLAlchemy where they are there.
NOT_IMPORTED = {"mode-streaming", "httptools", "uvloop", "psycopg"}


def named(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def declared() -> dict[str, str]:
    project = pyproject()["project"]
    listed = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    return {named(requirement): requirement for requirement in listed}


def for_development() -> set[str]:
    return {named(requirement) for requirement in pyproject()["dependency-groups"]["dev"]}


installed = cache(metadata.packages_distributions)  # it reads every installed file list: once is enough


def distributions_of(library: str) -> set[str]:
    return {named(name) for name in installed().get(library, [])}


@pytest.mark.parametrize("lock", [LOCK, LOCK_GPU], ids=["cpu", "gpu"])
def test_every_locked_package_has_hashes(lock: str) -> None:
    entries = ENTRY.findall(lock)
    assert len(entries) > 40
    assert [name for name, _version, rest in entries if "--hash=sha256:" not in rest] == []


@pytest.mark.parametrize("lock", [LOCK, LOCK_GPU], ids=["cpu", "gpu"])
def test_the_lock_names_no_place_to_fetch_from(lock: str) -> None:
    assert [line for line in lock.splitlines() if "://" in line or line.startswith(("-", "--"))] == []


def test_everything_declared_is_locked() -> None:
    locked, locked_gpu = ({named(name) for name, *_ in ENTRY.findall(lock)} for lock in (LOCK, LOCK_GPU))
    assert (declared().keys() | for_development()) - locked - {"onnxruntime-gpu"} == set()
    assert declared().keys() - locked_gpu - {"onnxruntime"} == set()


def test_both_locks_agree_but_for_the_runtime() -> None:
    versions, versions_gpu = (dict(entry[:2] for entry in ENTRY.findall(lock)) for lock in (LOCK, LOCK_GPU))
    shared = versions.keys() & versions_gpu.keys()
    assert {name for name in shared if versions[name] != versions_gpu[name]} == set()


@pytest.mark.parametrize("name", ["faust-streaming", "aiokafka", "mode-streaming", "rocksdict"])
def test_what_we_reach_into_is_pinned_locked_and_installed_as_one_version(name: str) -> None:
    version = declared()[name].partition("==")[2]
    assert version
    assert {v for n, v, _ in ENTRY.findall(LOCK) if n == name} == {version}
    assert metadata.version(name) == version


def test_whatever_a_room_imports_is_declared() -> None:
    missing = {
        f"{path} imports {library}"
        for path in room_files()
        for library in libraries_of(path)
        if not is_standard(library) and not distributions_of(library) & declared().keys()
    }
    assert sorted(missing) == []


def test_whatever_a_test_imports_is_declared() -> None:
    known = declared().keys() | for_development()
    missing = {
        f"{path} imports {library}"
        for path in python_files()
        if path.parts[0] == "tests"
        for library in libraries_of(path)
        if not is_standard(library) and not distributions_of(library) & known
    }
    assert sorted(missing) == []


def test_whatever_is_declared_is_imported() -> None:
    used = {name for path in room_files() for library in libraries_of(path) for name in distributions_of(library)}
    assert sorted(declared().keys() - used - NOT_IMPORTED - {"onnxruntime-gpu"}) == []


@pytest.mark.parametrize("room", [*ROOMS, "tests"])
def test_no_dependency_brings_a_package_named_like_one_of_ours(room: str) -> None:
    assert distributions_of(room) <= {"roadsieve"}


def test_the_package_carries_every_room_and_one_command() -> None:
    assert set(pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(ROOMS)
    assert pyproject()["project"]["scripts"] == {"roadsieve": "app.cli:main"}
