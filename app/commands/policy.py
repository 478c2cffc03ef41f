"""`roadsieve policy show|publish`: what an archive is to become, and telling the curator through the log."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from app.commands.exits import EPILOG
from app.commands.screen import as_json, out, remarks
from app.errors import OperatorError
from app.kafka_access import client_options
from app.kafka_faults import missing_right, not_let_in
from app.policy_files import read_policy
from app.settings import settings
from app.stores.open import open_registry
from app.tables import ARCHIVES
from app.topics import SEGMENTS_EXTRACTED
from app.topology.admin import CONNECT_TIMEOUT_S
from app.watch.follow import open_reader
from app.wire.framing import open_wire
from schemas.records import ArchiveState, PolicyPublished

ROW = b"k"  # as the engine writes rows into a changelog
Archive = Annotated[str, typer.Argument(metavar="ARCHIVE", help="The archive.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")]

policy = typer.Typer(
    help="Show or publish what an archive is to become: attributes, targets, byte budget.",
    no_args_is_help=True,
    epilog=EPILOG,
)


@policy.command("show", epilog=EPILOG)
def show(
    archive: Annotated[
        str | None, typer.Argument(metavar="[ARCHIVE]", help="An archive; the default without one.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the policy in force for an archive, or the one of archives that have none published.

    Example: [bold]roadsieve policy show default > mine.toml[/bold]
    """
    text = asyncio.run(_in_force(archive)) if archive else read_policy(settings().policy_file)[0]
    if json:
        as_json({"archive": archive, "toml": text})
    else:
        out.print(text, markup=False, soft_wrap=True, end="")


async def _in_force(archive: str) -> str:
    key, found = ROW + archive.encode(), None
    async with open_reader(settings()) as reader:
        async for record in reader.read_to_end(ARCHIVES.changelog):
            if record.key == key:
                found = record.value
    if found is None:
        why = "no window has been decided for it yet"
        raise OperatorError(f"archive {archive}", why, "see `roadsieve stats` for the archives there are")
    state: ArchiveState = ARCHIVES.codec.decode(found)
    return state.policy_toml


@policy.command("publish", epilog=EPILOG)
def publish(archive: Archive, file: Annotated[Path, typer.Argument(help="The policy, a TOML file.")]) -> None:
    """Give an archive a new policy, checked first; it takes effect when the open window ends, in every replay alike.

    Example: [bold]roadsieve policy publish default mine.toml[/bold]
    """
    text, checked = read_policy(file)
    asyncio.run(_publish(PolicyPublished(archive, text, checked.hash)))
    remarks.print(f"Published as {checked.hash[:8]} for {archive}; in force when the open window ends.")


async def _publish(published: PolicyPublished) -> None:
    current = settings()
    async with open_registry(current) as registry:
        encode = (await open_wire(registry, [SEGMENTS_EXTRACTED])).encoder(SEGMENTS_EXTRACTED)
    producer = AIOKafkaProducer(**client_options(current), enable_idempotence=True)
    try:
        await asyncio.wait_for(producer.start(), CONNECT_TIMEOUT_S)
        sent = producer.send_and_wait(SEGMENTS_EXTRACTED.name, encode(published), published.archive.encode())
        await asyncio.wait_for(sent, CONNECT_TIMEOUT_S)
    except (KafkaError, OSError) as error:
        raise missing_right(error) or await not_let_in(current, error) from error
    finally:
        await producer.stop()
