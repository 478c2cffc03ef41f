"""A node that lets in only who has a password, over TLS, and to what the ACLs grant: its lines of server.properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.kafka_access import MECHANISM, scram_over_tls

_JAAS = "org.apache.kafka.common.security"


@dataclass(frozen=True, slots=True)
class NodeSecurity:
    """Say by which certificate a node is known, whom it knows, and who of them needs no ACL.

    `certificate` is one PEM file: private key (PKCS #8, no password), the node's certificate, then the authority's;
    `ca` is the authority's alone. `users` (name -> password) are made when the node's folder is formatted.
    """

    certificate: Path
    ca: Path
    users: Mapping[str, str]
    superuser: str

    def access(self) -> dict[str, Any]:
        """Return what a client of aiokafka needs beside the address to come in as the superuser."""
        return scram_over_tls(self.superuser, self.users[self.superuser], self.ca)


def secured_listeners(security: NodeSecurity, port: int, controller_port: int, host: str) -> dict[str, str]:
    """Return the settings of listeners, users and ACLs. Passwords stand in the file: it is for tests on one machine."""
    login = f'required username="{security.superuser}" password="{security.users[security.superuser]}"'
    known = f'user_{security.superuser}="{security.users[security.superuser]}"'
    return {
        "listeners": f"CLIENT://{host}:{port},CONTROLLER://{host}:{controller_port}",
        "advertised.listeners": f"CLIENT://{host}:{port}",
        "listener.security.protocol.map": "CLIENT:SASL_SSL,CONTROLLER:SASL_SSL",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "CLIENT",
        "sasl.enabled.mechanisms": MECHANISM,
        "sasl.mechanism.inter.broker.protocol": MECHANISM,
        f"listener.name.client.{MECHANISM.lower()}.sasl.jaas.config": f"{_JAAS}.scram.ScramLoginModule {login};",
        # Users of SCRAM are records of the log that the controllers keep: among themselves they need another way.
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": f"{_JAAS}.plain.PlainLoginModule {login} {known};",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(security.certificate),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(security.ca),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{security.superuser}",
        "allow.everyone.if.no.acl.found": "false",
    }


def open_listeners(port: int, controller_port: int, host: str) -> dict[str, str]:
    """Return the settings of listeners that let everybody on this machine in."""
    return {
        "listeners": f"PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{host}:{port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    }
