"""`roadsieve models list|show|fetch|verify|evaluate`: the networks; found by name, for app knows no model."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from app.commands.exits import EPILOG, Exit
from app.commands.screen import amount_of_bytes, as_json, count, out, remarks, table
from app.errors import OperatorError
from app.media.facts import Bgr, Wh
from app.media.photo import read_photo
from app.settings import settings

Json = Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")]
Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]…", help="Networks; those in use when none is named.")
]

models = typer.Typer(
    help="List, fetch and verify the networks of the manifest. Their files go to CACHE/models, verified by hash.",
    no_args_is_help=True,
    epilog=EPILOG,
)


def folder_of_models() -> Path:
    """Return the folder of the networks' files."""
    return settings().path_of_cache() / "models"


def _networks() -> Any:
    return import_module("models.manifest").known_networks(settings().network_manifest)


def _named(names: list[str] | None) -> list[Any]:
    one = import_module("models.manifest").network_named
    chosen = dict.fromkeys(filter(None, settings().networks_by_role().values()))
    return [one(name, _networks()) for name in names or chosen]


def in_use() -> list[Any]:
    """Return the networks that the detector looks with."""
    return _named(None)


@models.command("list", epilog=EPILOG)
def list_models(json: Json = False) -> None:
    """List every network: what it is for, its size and licence, and whether it is here.

    Example: [bold]roadsieve models list[/bold]
    """
    verified = import_module("models.fetch").is_verified
    rows = [
        {"name": one.name, "roles": list(one.roles), "size_bytes": one.size_bytes, "licence": one.licence,
         "confirmed": one.confirmed, "here": verified(one, folder_of_models() / one.file),
         "in_use": one.name in settings().networks_by_role().values()}
        for one in _networks().values()
    ]  # fmt: skip
    if json:
        as_json(rows)
        return
    shown = table("network", "roles", "size", "licence", "confirmed", "", right=["size"])
    for row in rows:
        state = ("[green]here[/]" if row["here"] else "") + (" [bold]in use[/]" if row["in_use"] else "")
        size = amount_of_bytes(row["size_bytes"])
        shown.add_row(row["name"], ", ".join(row["roles"]), size, row["licence"], row["confirmed"], state.strip())
    out.print(shown)


@models.command("show", epilog=EPILOG)
def show(name: Annotated[str, typer.Argument(help="The network.")]) -> None:
    """Show all that the manifest says of a network, as JSON.

    Example: [bold]roadsieve models show yolox_nano_416[/bold]
    """
    as_json(_named([name])[0].model_dump(mode="json"))


@models.command("fetch", epilog=EPILOG)
def fetch(names: Names = None) -> None:
    """Fetch networks from ROADSIEVE_MODEL_MIRROR or their own address, and verify them.

    Example: [bold]ROADSIEVE_MODEL_MIRROR=/mnt/models roadsieve models fetch[/bold]
    """
    for network in _named(names):
        out.print(f"{network.name}: {fetched(network)}", soft_wrap=True)


def fetched(network: Any) -> Path:
    """Return the verified file of a network; what must be fetched shows its progress on stderr."""
    fetch_network = import_module("models.fetch").fetch_network
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=remarks, transient=True, disable=not remarks.is_terminal) as progress:
        task = progress.add_task(f"Fetching {network.name}", total=network.size_bytes, visible=False)

        def on_progress(there: int, whole: int) -> None:
            progress.update(task, completed=there, total=whole, visible=True)

        file: Path = fetch_network(network, folder_of_models(), settings().model_mirror, on_progress)
    return file


@models.command("verify", epilog=EPILOG)
def verify(names: Names = None) -> None:
    """Tell whether the files of networks are here and are those of the manifest. Exit code 1 when one is not.

    Example: [bold]roadsieve models verify[/bold]
    """
    is_verified = import_module("models.fetch").is_verified
    wrong = 0
    for network in _named(names):
        file = folder_of_models() / network.file
        good = is_verified(network, file)
        wrong += not good
        why = "verified" if good else ("[red]another file[/]" if file.exists() else "[yellow]not here[/]")
        remedy = "" if good else f"; run `roadsieve models fetch {network.name}`"
        out.print(f"{network.name}: {why}{remedy}", soft_wrap=True)
    if wrong:
        raise typer.Exit(Exit.SOME_UNUSABLE)


@models.command("evaluate", epilog=EPILOG)
def evaluate(
    name: Annotated[str, typer.Argument(help="The network.")],
    labels: Annotated[Path, typer.Option(help="Labels in the det form of BDD100K / Scalabel, JSON or JSON lines.")],
    images: Annotated[Path, typer.Option(help="Folder of the labelled pictures.")],
    size: Annotated[
        str | None, typer.Option("--size", metavar="WxH", help="Input size; the manifest's if not named.")
    ] = None,
    confusion: Annotated[
        Path | None, typer.Option(help="File to write: how it errs, for `roadsieve evaluate LABELS --confusion FILE`.")
    ] = None,
    json: Json = False,
) -> None:
    """Look at labelled pictures and score what the network tells: average precision at an overlap of 0.5, right words.

    Example: [bold]roadsieve models evaluate yolox_nano_416 --labels det_val.jsonl --images images/[/bold]
    """
    result = asyncio.run(_evaluate(_named([name])[0], labels, images, _size_wh(size)))
    if json:
        as_json({key: value for key, value in asdict(result).items() if key != "confusion"})
    else:
        _show(result)
    if confusion is not None:  # last, so that what was measured is shown whatever becomes of the file
        try:
            confusion.write_text(dumps(result.confusion, indent=1), "utf-8")
        except OSError as error:
            what = f"confusion {confusion}"
            raise OperatorError(what, str(error.strerror), "name a file that can be made") from error


def _show(result: Any) -> None:
    size_text = "x".join(map(str, result.input_wh))
    mean = f": mean {result.mean_ap50:.3f}" if result.ap50 else ""
    out.print(f"[bold]{result.network}[/] at {size_text} on {count(result.pictures)} pictures{mean}")
    shown = table("class", "labelled", "AP50", right=["labelled", "AP50"])
    for label, score in sorted(result.ap50.items(), key=lambda pair: -pair[1]):
        shown.add_row(label, count(result.truths[label]), f"{score:.3f}")
    if result.ap50:
        out.print(shown)
    for word, share in result.right.items():
        out.print(f"{word} right in {share:.3f} of the pictures that are labelled with one")


def _size_wh(size: str | None) -> tuple[int, int] | None:
    if size is None:
        return None
    match = re.fullmatch(r"(\d+)x(\d+)", size)
    if match is None:
        raise typer.BadParameter(f"{size!r} is not WIDTHxHEIGHT, as in 640x384")
    return int(match[1]), int(match[2])


async def _evaluate(network: Any, labels: Path, pictures: Path, size_wh: tuple[int, int] | None) -> Any:
    scoring, eyes_room = import_module("models.evaluate"), import_module("models.eyes")
    try:
        names = {path.name for path in pictures.iterdir()}
    except OSError as error:
        raise OperatorError(f"pictures {pictures}", str(error.strerror), "name a folder of pictures") from error
    truths = import_module("models.truth").read_truths(labels, names)

    def picture_of(picture: str, fit_wh: Callable[[Wh], Wh]) -> tuple[Bgr, Wh]:
        return read_photo(pictures / picture, fit_wh)

    current = settings()
    opened = eyes_room.open_eyes(
        network.name, cache=folder_of_models(), mirror=current.model_mirror, roles=scoring.roles_scored(network),
        input_wh=size_wh, score_min=scoring.SCORE_MIN, networks=_networks(),
    )  # fmt: skip
    async with opened as eyes:
        return await scoring.evaluate(eyes, truths, picture_of)
