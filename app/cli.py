"""The command `roadsieve`: a table of verbs, each imported when it is used; no verb pays for another's imports."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from app.commands.exits import EPILOG, Exit, tell


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a verb's function or typer.Typer is, and its sentence in `roadsieve --help`."""

    module: str
    attribute: str
    sentence: str
    panel: str


WATCH, RUN, LOOK, KEEP = "Begin here", "Run the parts", "Look", "Keep house"

VERBS: dict[str, Verb] = {
    "demo": Verb("app.commands.demo", "demo", "Send videos through the whole pipeline and watch what it keeps.", WATCH),
    "broker": Verb("app.commands.broker", "broker", "Start, stop and find the local Kafka.", RUN),
    "bucket": Verb("app.commands.bucket", "bucket", "Make the S3 bucket of the objects.", RUN),
    "stack": Verb("app.commands.stack", "stack", "Start, stop and find all servers of the full stack here.", RUN),
    "topics": Verb("app.commands.topics", "topics", "List, create and check the topics and schemas.", RUN),
    "acls": Verb("app.commands.acls", "acls", "Show and grant what each stage may do on Kafka.", RUN),
    "worker": Verb("app.commands.worker", "worker", "Run some stages, or all, in this process.", RUN),
    "replay": Verb(
        "app.intake.command", "replay", "Cut videos into segments and send them as if their cameras did.", RUN
    ),
    "scenes": Verb("app.commands.scenes", "scenes", "Render driving scenes to test on, with their truth.", RUN),
    "alpr": Verb("app.commands.alpr", "alpr", "Bring results of plate recognition into the plate lake.", RUN),
    "api": Verb("app.commands.api", "api", "Answer questions about the plate lake over HTTP.", RUN),
    "stats": Verb("app.commands.stats", "stats", "Show what each archive saw and kept, and each stage's lag.", LOOK),
    "watch": Verb("app.commands.watch", "watch", "Tell Prometheus what Kafka and the archives look like.", LOOK),
    "links": Verb("app.commands.links", "links", "Print addresses at which people can see kept pictures.", LOOK),
    "evaluate": Verb(
        "app.evaluation.command", "evaluate", "Try a policy on recorded frames and compare it with others.", LOOK
    ),
    "schemas": Verb("app.commands.schemas", "schemas", "Register the records' schemas, and compare them.", RUN),
    "settings": Verb(
        "app.commands.settings", "show_settings", "Show every setting: value, default, unit, meaning.", LOOK
    ),
    "catalog": Verb("app.commands.catalog", "catalog", "Bring the catalog to the tables of this version.", RUN),
    "letters": Verb("app.commands.letters", "letters", "Read dead letters; send them again or drop them.", KEEP),
    "policy": Verb("app.commands.policy", "policy", "Show or publish what an archive is to become.", KEEP),
    "models": Verb("app.commands.models", "models", "List, fetch and verify the networks.", KEEP),
    "dashboards": Verb("app.commands.dashboards", "dashboards", "Read the Grafana boards, or write them again.", KEEP),
    "lake": Verb("app.commands.lake", "lake", "Make and look at the tables of the plate lake.", KEEP),
    "sweep": Verb("app.commands.sweep", "sweep", "Remove temporary objects that nobody came back for.", KEEP),
}


class Verbs(TyperGroup):
    """List the verbs from the table; import a verb only to run it or to show its own help."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the verbs in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return what the overview needs of a verb, without importing it."""
        verb = VERBS.get(cmd_name)
        return verb and TyperCommand(name=cmd_name, help=verb.sentence, rich_help_panel=verb.panel)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the verb itself, imported."""
        name, overview, rest = super().resolve_command(ctx, args)
        return name, overview and load(str(name)), rest


def load(name: str) -> Any:
    """Import a verb and return its command."""
    verb = VERBS[name]
    found = getattr(import_module(verb.module), verb.attribute)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False, rich_markup_mode="rich")
        single.command(name, epilog=EPILOG)(found)
        found = single
    command = typer.main.get_command(found)
    command.name = name
    return command


root = typer.Typer(
    name="roadsieve",
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with: [bold]roadsieve demo my-videos/[/bold]   " + EPILOG,
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"roadsieve {version('roadsieve')}")
        raise typer.Exit


@root.callback()
def _roadsieve(
    _version: bool = typer.Option(False, "--version", callback=_say_version, is_eager=True,
                                  help="Show the version and exit."),
) -> None:  # fmt: skip
    """Archive what is worth keeping of dash-cam video: diverse instead of large, on Kafka, losing nothing."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; every failure that has a cause outside the code is one line on stderr and an exit code."""
    for library in ("aiokafka", "cassandra", "stamina"):  # they log each attempt; verbs say the outcome once
        logging.getLogger(library).setLevel(logging.CRITICAL)
    command = typer.main.get_command(root)
    try:
        command(args=list(sys.argv[1:] if arguments is None else arguments), prog_name="roadsieve")
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except Exception as error:
        sys.exit(tell(error))


if __name__ == "__main__":
    main()
