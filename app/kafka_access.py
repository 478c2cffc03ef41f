"""How every Kafka client of ours gets in: address, user, password and trusted authorities, from the settings, once."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.errors import OperatorError
from app.settings import Settings

MECHANISM = "SCRAM-SHA-512"


def client_options(chosen: Settings) -> dict[str, Any]:
    """Return the arguments of each client of aiokafka; OperatorError when settings contradict each other."""
    address = {"bootstrap_servers": chosen.kafka}
    if not is_secured(chosen):
        return address
    return address | scram_over_tls(chosen.kafka_user, chosen.kafka_password.get_secret_value(), chosen.kafka_ca)


def librdkafka_options(chosen: Settings) -> dict[str, str]:
    """Return the same for a client of confluent-kafka."""
    address = {"bootstrap.servers": chosen.kafka}
    if not is_secured(chosen):
        return address
    _trusting(chosen.kafka_ca)  # it says in one line what is wrong with the file
    return address | {
        "security.protocol": chosen.kafka_security,
        "sasl.mechanism": MECHANISM,
        "sasl.username": chosen.kafka_user,
        "sasl.password": chosen.kafka_password.get_secret_value(),
        **({"ssl.ca.location": str(chosen.kafka_ca)} if chosen.kafka_ca else {}),
    }


def scram_over_tls(user: str, password: str, ca: Path | None) -> dict[str, Any]:
    """Return what a client of aiokafka needs beside the address: a user of SCRAM, inside TLS, trusting `ca`."""
    return {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": MECHANISM,
        "sasl_plain_username": user,
        "sasl_plain_password": password,
        "ssl_context": _trusting(ca),
    }


def is_secured(chosen: Settings) -> bool:
    """Tell whether clients use TLS and a user; OperatorError where only half of what that takes is given."""
    given = {"ROADSIEVE_KAFKA_USER": chosen.kafka_user, "ROADSIEVE_KAFKA_PASSWORD": chosen.kafka_password}
    if chosen.kafka_security == "PLAINTEXT":
        for variable in [variable for variable, value in given.items() if value]:
            why = "it would not be used: ROADSIEVE_KAFKA_SECURITY is PLAINTEXT"
            raise OperatorError(f"setting {variable}", why, "set ROADSIEVE_KAFKA_SECURITY=SASL_SSL, or unset it")
        return False
    for variable in [variable for variable, value in given.items() if not value]:
        why = f"it is empty, and {chosen.kafka_security} needs it"
        raise OperatorError(f"setting {variable}", why, "set it, or ROADSIEVE_KAFKA_SECURITY=PLAINTEXT")
    return True


@lru_cache(maxsize=8)
def _trusting(ca: Path | None) -> ssl.SSLContext:
    what, remedy = "setting ROADSIEVE_KAFKA_CA", "name the PEM file of who signed the brokers' certificates"
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        raise OperatorError(what, f"{ca} holds no certificate in PEM ({error.reason})", remedy) from error
    except OSError as error:
        raise OperatorError(what, f"{ca} cannot be read ({error.strerror})", remedy) from error
