"""The script that starts Kafka in docker-compose.yml starts it here too, with its secrets, users and no open door."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from app.commands.exits import Exit, exit_code_of
from app.errors import RoadsieveError
from app.kafka_access import scram_over_tls
from app.rights import rights_of, user_of
from app.settings import Settings
from app.topology.acls import Acls, Granted
from app.topology.admin import administer
from ops.broker.jars import KafkaHome
from ops.broker.jvm import QUICK
from ops.broker.ready import answers
from ops.broker.warmup import prepare
from ops.stack.ports import free_ports
from ops.stack.server import Server

SCRIPTS = Path(__file__).parents[2] / "ops" / "compose"


def programs(folder: Path, kafka: KafkaHome) -> Path:
    """Return a folder with the two programs of the image, which run our jars."""
    folder.mkdir()
    jars = ":".join(str(jar) for jar in kafka.jars)
    for name, main in (("kafka-storage.sh", "kafka.tools.StorageTool"), ("kafka-server-start.sh", "kafka.Kafka")):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {kafka.java} {" ".join(QUICK)} -cp {jars} {main} "$@"\n')
        program.chmod(0o755)
    return folder


async def seen(chosen: Settings) -> dict[str, int]:
    """Return the topics that a user sees."""
    async with administer(chosen) as client:
        return await client.partitions(["segments.recorded"])


@pytest.mark.broker
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_it_formats_once_lets_in_by_password_and_keeps_its_users(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    subprocess.run(["sh", str(SCRIPTS / "secrets.sh"), str(secrets)], check=True, timeout=60)
    port, controller_port = free_ports(2)
    server = Server("kafka", tmp_path / "kafka")
    server.folder.mkdir()
    environment = {
        "SECRETS": str(secrets), "KAFKA_BIN": str(programs(tmp_path / "bin", prepare())), "SCRATCH": str(server.folder),
        "DATA": str(server.folder / "data"), "ADDRESS": "127.0.0.1", "PORT": str(port),
        "CONTROLLER_PORT": str(controller_port),
    }  # fmt: skip
    admin = (secrets / "kafka_admin").read_text().strip()
    access = scram_over_tls("admin", admin, secrets / "ca.pem")
    common = {"kafka": f"127.0.0.1:{port}", "kafka_security": "SASL_SSL", "kafka_ca": secrets / "ca.pem"}
    password = (secrets / "kafka_porter").read_text().strip()
    porter = Settings(**common, kafka_user=user_of("porter"), kafka_password=password)
    superuser = Settings(**common, kafka_user="admin", kafka_password=admin)
    for _ in ("first", "again"):
        server.spawn(["sh", str(SCRIPTS / "kafka.sh")], [port, controller_port], environment=environment)
        try:
            server.wait_until(lambda: answers(common["kafka"], **access))
            Acls(superuser).grant(Granted(user_of("porter"), right) for right in rights_of("porter"))
            assert asyncio.run(seen(porter)) == {}
            with pytest.raises(RoadsieveError, match=r"refuses user roadsieve\.porter") as caught:
                asyncio.run(seen(porter.model_copy(update={"kafka_password": superuser.kafka_password})))
            assert exit_code_of(caught.value) is Exit.SETUP
        finally:
            server.stop()
