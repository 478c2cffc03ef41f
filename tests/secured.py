"""A Kafka that lets in only who has a password and a right: how tests start it and come in as one user or another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.rights import ROLES, rights_of, user_of
from app.settings import Settings
from app.topology.acls import Acls, Granted
from ops.broker.cluster import Cluster
from ops.broker.security import NodeSecurity
from tests.certificates import issue

SUPERUSER = "admin"
FLEET = "fleet"
"""A user for workers that run several stages in one process."""
USERS = {name: f"{name}-secret" for name in (SUPERUSER, FLEET, *map(user_of, ROLES))}


@dataclass(frozen=True, slots=True)
class Secured:
    """A cluster with TLS, SCRAM and ACLs; nothing is granted to anybody but the super user."""

    cluster: Cluster
    security: NodeSecurity

    def settings(self, user: str = SUPERUSER, **changes: Any) -> Settings:
        """Return settings with which a user comes in."""
        access = {
            "kafka": self.cluster.bootstrap, "kafka_security": "SASL_SSL", "kafka_user": user,
            "kafka_password": USERS.get(user, "none"), "kafka_ca": self.security.ca,
        }  # fmt: skip
        return Settings(**(access | changes))

    def environment(self, user: str) -> dict[str, str]:
        """Return the variables of a process that comes in as a user."""
        return {
            "ROADSIEVE_KAFKA": self.cluster.bootstrap, "ROADSIEVE_KAFKA_SECURITY": "SASL_SSL",
            "ROADSIEVE_KAFKA_USER": user, "ROADSIEVE_KAFKA_PASSWORD": USERS[user],
            "ROADSIEVE_KAFKA_CA": str(self.security.ca),
        }  # fmt: skip

    def grant(self, roles: Iterable[str], user: str = "") -> None:
        """Grant roles their rights, each to its own user, or all to one."""
        acls = Acls(self.settings())
        acls.grant(Granted(user or user_of(role), right) for role in roles for right in rights_of(role))


def start_secured(folder: Path, nodes: int = 1, certificates: Path | None = None) -> Secured:
    """Start a secured cluster in a folder, with certificates of its own or of another folder."""
    signed = certificates or issue(folder / "certificates")
    security = NodeSecurity(signed / "server.pem", signed / "ca.pem", USERS, SUPERUSER)
    return Secured(Cluster.start(folder, nodes=nodes, security=security), security)
