"""Laws of docker-compose.yml, which no engine has run here: it names what exists, and gives nobody more than needed."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents import LAKE_STAGES, STAGES
from app.cli import VERBS, load
from app.commands.bucket import ROLES as BUCKET_ROLES
from app.commands.lake import MAINTAINED
from app.rights import ROLES, user_of
from app.settings import PREFIX, Settings, secrets_among
from ops.stack.s3 import S3Server
from tests.certificates import issue
from tests.secured import SUPERUSER

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
IMAGES = tomllib.loads((ROOT / "tests" / "ops" / "images.toml").read_text())
MAKER = (ROOT / "ops" / "compose" / "secrets.sh").read_text()
DOCKERFILE = (ROOT / "ops" / "Dockerfile").read_text()
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("roadsieve:")}
THEIRS = {name: service for name, service in SERVICES.items() if name not in OURS}
WORKERS = {name: service for name, service in OURS.items() if service.get("command", [""])[0] == "worker"}
ONCE = {"init", "lake-init", "folders", "replay", "sweep", "s3-users"}


def image_of(service: dict[str, Any]) -> dict[str, Any]:
    return IMAGES[service["image"].rpartition(":")[0]]


def mounts(service: dict[str, Any]) -> list[list[str]]:
    """Return [source, target, …] of each volume; a container's own has a target alone."""
    # A default of a variable, as in ${VIDEOS:-./videos}, has a colon of its own.
    return [re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", volume).split(":") for volume in service.get("volumes", [])]


def hosts_named(service: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the (host, port) of our services that a service is told of."""
    told = [value for name, value in service.get("environment", {}).items() if name.startswith(PREFIX)]
    addresses = tuple(f" >{secret}" for secret in service.get("secrets", []))
    told += [line for line in MAKER.splitlines() if line.endswith(addresses)]
    return {found for value in told for found in re.findall(r"\b([a-z][a-z0-9]*):(\d{4})\b", str(value))}


def test_every_stage_is_there_once_for_each_kind_of_hardware() -> None:
    assert {name: service["command"][1:] for name, service in WORKERS.items()} == {
        **{stage: [stage] for stage in (*STAGES, *LAKE_STAGES)},
        "detector-gpu": ["detector"],
    }
    assert (SERVICES["detector"]["profiles"], SERVICES["detector-gpu"]["profiles"]) == (["cpu"], ["gpu"])
    assert all("container_name" not in service and "ports" not in service for service in WORKERS.values()), "no scaling"


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_and_every_secret_comes_as_a_file(name: str) -> None:
    secrets = {f"{PREFIX}{secret.upper()}" for secret in secrets_among(Settings)}
    known = {f"{PREFIX}{setting.upper()}" for setting in Settings.model_fields}
    given = set(OURS[name].get("environment", {}))
    assert given <= (known - secrets) | {f"{secret}_FILE" for secret in secrets}


@pytest.mark.parametrize("name", [name for name in OURS if "environment" in OURS[name]])
def test_the_variables_make_settings_that_hold(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    authority = issue(tmp_path) / "ca.pem"
    for variable, value in OURS[name]["environment"].items():
        value = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))
        if value.startswith("/run/secrets/"):
            assert value.removeprefix("/run/secrets/") in OURS[name]["secrets"]
            value = str(authority)
        monkeypatch.setenv(variable, value)
    chosen = Settings()
    role = {"check": "lake"}.get(name, name.removesuffix("-gpu"))
    if asks_kafka(OURS[name]):
        assert chosen.kafka_security == "SASL_SSL"
        assert chosen.kafka_user == (SUPERUSER if name == "init" else user_of(role))
        password_file = OURS[name]["environment"]["ROADSIEVE_KAFKA_PASSWORD_FILE"]
        assert password_file == f"/run/secrets/kafka_{SUPERUSER if name == 'init' else role}"
    if name in touches_objects():
        assert chosen.s3_access_key == ("roadsieve" if name == "init" else user_of(role))
        secret_file = OURS[name]["environment"]["ROADSIEVE_S3_SECRET_KEY_FILE"]
        assert secret_file == f"/run/secrets/s3_{'admin' if name == 'init' else role}"


def asks_kafka(service: dict[str, Any]) -> bool:
    return "ROADSIEVE_KAFKA" in service.get("environment", {})


def touches_objects() -> set[str]:
    return {name for name, service in OURS.items() if "ROADSIEVE_S3_BUCKET" in service.get("environment", {})}


@pytest.mark.parametrize("name", OURS)
def test_nobody_has_a_secret_that_it_is_not_told_to_use(name: str) -> None:
    told = {str(value).removeprefix("/run/secrets/") for value in OURS[name].get("environment", {}).values()}
    assert set(OURS[name].get("secrets", [])) <= told


def test_a_key_to_the_objects_has_who_touches_them_and_nobody_else() -> None:
    init = SERVICES["init"]["entrypoint"][2]
    [granted] = re.findall(r"roadsieve bucket grant ([a-z ]+)", init)
    stages = {name.removesuffix("-gpu") for name in touches_objects() - {"init"}}
    keys = {name.removeprefix("s3_") for name in SERVICES["s3-users"]["secrets"] if name.startswith("s3_")}
    assert stages == set(granted.split()) == keys - {"admin"}
    assert stages == {role for role in BUCKET_ROLES if role in OURS}


def test_the_s3_server_keeps_no_connections_here_and_on_one_machine(tmp_path: Path) -> None:
    """It refuses requests on those that it keeps: ops/decisions/objects-on-s3.md."""
    alone, _, _ = S3Server(tmp_path, 1, Path("versitygw"))._versitygw(Path("versitygw"))
    for command in (alone, SERVICES["s3"]["entrypoint"][2].split()):
        assert "--health" in command
        assert "--keep-alive" not in command


def verbs_of(service: dict[str, Any]) -> list[list[str]]:
    """Return what a service of ours runs, as words after `roadsieve`."""
    entrypoint = service.get("entrypoint", ["roadsieve"])
    if entrypoint[0] == "sh":
        return [line.split()[1:] for line in entrypoint[2].split("; ")]
    return [[*entrypoint[1:], *service.get("command", [])]] if entrypoint == ["roadsieve"] else [entrypoint[1:]]


@pytest.mark.parametrize("name", sorted(set(OURS) - {"folders"}))
def test_the_verbs_of_every_service_exist(name: str) -> None:
    for verb, *words in verbs_of(OURS[name]):
        assert verb in VERBS
        command = load(verb)
        if hasattr(command, "commands") and words and not words[0].startswith("--"):
            assert words[0] in command.commands, words
            command, words = command.commands[words[0]], words[1:]
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_kafka_knows_a_password_for_every_role_that_a_service_has() -> None:
    known = {secret.removeprefix("kafka_") for secret in SERVICES["kafka"]["secrets"] if secret.startswith("kafka_")}
    assert known == {SUPERUSER, *ROLES} - {"evaluate"}


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_is_root_or_writes_to_the_image_or_takes_all_of_the_machine(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert str(service["user"]).split(":")[0] not in {"", "0", "root"}
    limits = service["deploy"]["resources"]["limits"]
    assert float(limits["cpus"]) > 0
    assert re.fullmatch(r"\d+[MG]", limits["memory"])
    assert "privileged" not in service
    assert not {"cap_add", "network_mode", "pid", "devices"} & set(service)


@pytest.mark.parametrize("name", SERVICES)
def test_tags_are_pinned(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert tag in {"cpu", "gpu"} if name in OURS else re.fullmatch(r"v?\d+(\.\d+){1,2}", tag)


def test_only_what_people_look_at_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {
        "prometheus": ["127.0.0.1:9090:9090"], "grafana": ["127.0.0.1:3000:3000"],
        "api": [f"127.0.0.1:{Settings().api_port}:{Settings().api_port}"],
    }  # fmt: skip


def test_whoever_reads_or_keeps_the_lake_has_its_volume_and_its_catalog() -> None:
    lake = {name for name, service in OURS.items() if "lake:/state/lake" in service.get("volumes", [])}
    assert lake == {*LAKE_STAGES, "lake-init", "api", "maintain", "check"}
    assert {name for name in lake if not asks_kafka(OURS[name])} == {"lake-init", "api", "maintain"}
    assert {SERVICES[name].get("profiles", [""])[0] for name in lake | {"postgres"}} == {"lake"}
    assert {name for name in OURS if "lake_catalog" in OURS[name].get("secrets", [])} == lake
    [maintained] = re.findall(r"getmtime\('(.*?)'\)", SERVICES["maintain"]["healthcheck"]["test"][-1])
    assert maintained == f"/state/lake/{MAINTAINED}"


def test_whoever_is_told_an_address_finds_a_port_there_and_every_port_is_told_somebody() -> None:
    exposed = {(name, port) for name, service in THEIRS.items() for port in service.get("expose", [])}
    assert {found for service in OURS.values() for found in hosts_named(service)} == exposed


def test_every_volume_is_declared_and_used_and_every_folder_of_ours_exists() -> None:
    used = {mount[0] for service in SERVICES.values() for mount in mounts(service) if len(mount) > 1}
    named = {source for source in used if not source.startswith(".")}
    assert named == set(COMPOSE["volumes"])
    assert all((ROOT / source).exists() for source in used - named - {"./videos"})


def test_every_secret_is_declared_used_and_made(tmp_path: Path) -> None:
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    script = ["sh", str(ROOT / "ops" / "compose" / "secrets.sh"), str(tmp_path / "secrets")]
    subprocess.run(script, check=True, timeout=60)
    made = {path: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    files = {tmp_path / secret["file"] for secret in COMPOSE["secrets"].values()}
    assert files <= set(made)
    assert all(made.values())
    subprocess.run(script, check=True, timeout=60)
    assert {path: path.read_bytes() for path in made} == made, "a second run makes nothing anew"


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE))
def test_who_stays_tells_whether_it_is_well_by_a_program_that_its_image_has(name: str) -> None:
    how, program, *_ = SERVICES[name]["healthcheck"]["test"]
    assert how == "CMD"
    assert program in (["python"] if name in OURS else image_of(SERVICES[name])["programs"])
    assert {"interval", "timeout", "retries"} <= set(SERVICES[name]["healthcheck"])


@pytest.mark.parametrize("name", THEIRS)
def test_what_runs_in_the_images_of_others_is_documented_there(name: str) -> None:
    service, image = THEIRS[name], image_of(THEIRS[name])
    if "entrypoint" in service:
        assert service["entrypoint"][0] in image["programs"]
    assert len(image["source"]) > 40
    if image["user"]:
        assert service["user"] == image["user"]
    # A new volume takes the owner of the image's folder, or of the one that `folders` mounts it on first.
    for source, target, *_ in mounts(service):
        if not source.startswith("."):
            assert target in image["folders"] or source in {mount[0] for mount in mounts(SERVICES["folders"])}


def test_nobody_waits_for_what_is_not_there_or_never_well() -> None:
    for service in SERVICES.values():
        for other, wanted in service.get("depends_on", {}).items():
            condition = wanted["condition"]
            assert condition == ("service_completed_successfully" if other in ONCE else "service_healthy")
            assert other in SERVICES


def test_the_image_has_both_targets_and_the_folders_that_are_mounted() -> None:
    targets = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE))
    assert {service["build"]["target"] for service in OURS.values()} == {"cpu", "gpu"} <= targets
    bases = {base for base in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) if base not in targets}
    assert all(re.fullmatch(r"\S+:\d+\.\d+\.\d+-\S+", base) for base in bases), bases
    [made] = re.findall(r"install -d -o roadsieve -g roadsieve (.*)$", DOCKERFILE, re.MULTILINE)
    mounted = {mount[-1] for service in OURS.values() for mount in mounts(service) if mount[-1] != "ro"}
    assert mounted <= set(made.split())
    assert "USER 10001:10001" in DOCKERFILE


def test_the_build_is_given_what_it_copies_and_nothing_else() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    copied = {word for line in lines for word in line.split()}
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)


def test_prometheus_asks_whoever_shows_metrics_and_grafana_asks_prometheus() -> None:
    config = yaml.safe_load((ROOT / "ops" / "compose" / "prometheus.yml").read_text())
    plain = yaml.safe_load((ROOT / "ops" / "prometheus.yml").read_text())
    assert {job["job_name"] for job in config["scrape_configs"]} == {job["job_name"] for job in plain["scrape_configs"]}
    assert config["rule_files"] == plain["rule_files"]
    workers, watch, lake = (job["dns_sd_configs"][0] for job in config["scrape_configs"])
    assert set(workers["names"]) == set(WORKERS)
    assert {service["environment"]["ROADSIEVE_WEB_PORT"] for service in WORKERS.values()} == {str(workers["port"])}
    assert (watch["names"], watch["port"]) == (["watch"], Settings.model_fields["watch_port"].default)
    assert (lake["names"], lake["port"]) == (["api"], Settings.model_fields["api_port"].default)
    asked = {variable for path in (ROOT / "ops" / "grafana").rglob("*.yml")
             for variable in re.findall(r"\$\{(\w+)\}", path.read_text())}  # fmt: skip
    assert asked <= set(SERVICES["grafana"]["environment"])


def test_the_image_compiles_its_lock_with_the_tool_that_made_ours() -> None:
    [version] = re.findall(r"uv==(\S+)", DOCKERFILE)
    assert f"\nuv=={version} " in (ROOT / "requirements.lock").read_text()
