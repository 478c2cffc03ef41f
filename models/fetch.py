"""A network's file: from a mirror (folder or address) or its source into the cache, resumed, verified, made usable."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import stamina
from filelock import FileLock, Timeout

from models.conversion import converted_file
from models.errors import FetchError
from models.manifest import Network, network_named, shipped_manifest

TIMEOUTS = httpx.Timeout(30.0, connect=10.0)
LOCK_S = 600.0
OnProgress = Callable[[int, int], None]


def fetch(name: str, cache: Path, mirror: str = "", on_progress: OnProgress | None = None) -> Path:
    """Return the verified file of a network of the shipped manifest; see fetch_network."""
    return fetch_network(network_named(name, shipped_manifest()), cache, mirror, on_progress)


def fetch_network(network: Network, cache: Path, mirror: str = "", on_progress: OnProgress | None = None) -> Path:
    """Return the file to open of a network, fetching it first if the cache lacks it or holds another one.

    It is the verified file itself, or what conversion/ makes of it where the manifest says so.
    A file that ships with the package is taken from there. mirror is a folder or an http(s) address that holds the file
    under its name; "" means the manifest's own address.
    on_progress is told bytes there and bytes in all. A file that cannot be had, or is not the manifest's, raises
    FetchError and leaves nothing in place.
    """
    target = cache / network.file
    if not network.sha256:
        why = f"nobody has published the sha256 of {network.url}, so what is fetched could not be verified"
        remedy = "get it yourself, check it, and write sha256 and size_bytes into a manifest of your own"
        raise FetchError(f"network {network.name}", why, f"{remedy} (ROADSIEVE_NETWORK_MANIFEST)")
    try:
        if is_verified(network, target):
            return _usable(network, target)
        cache.mkdir(parents=True, exist_ok=True)
        # another process that fetches the same file writes to the same part: wait for it, then find the file there
        with FileLock(cache / f"{network.file}.lock", timeout=LOCK_S):
            if not is_verified(network, target):
                part = cache / f"{network.file}.{network.sha256[:12]}.part"
                _bring(network, part, mirror, on_progress or (lambda _there, _all: None))
                part.replace(target)
        return _usable(network, target)
    except Timeout as error:
        why = f"another process has been fetching for {LOCK_S:.0f} s"
        raise FetchError(f"network {network.name}", why, "end that process, then ask again") from error
    except OSError as error:
        remedy = "free space, or name a folder that can be written"
        raise FetchError(f"cache {cache}", error.strerror or str(error), remedy) from error


def _usable(network: Network, verified: Path) -> Path:
    return converted_file(network, verified) if network.converted else verified


def is_verified(network: Network, file: Path) -> bool:
    """Say whether the file is there and is byte for byte the one that the manifest names."""
    try:
        fits = network.size_bytes in (0, file.stat().st_size)
        return fits and _sha256(file) == network.sha256
    except (FileNotFoundError, NotADirectoryError):
        return False


def shipped_file(network: Network) -> Path:
    """Return where the network's file lies in the package, if it ships with it."""
    return Path(__file__).with_name(network.file)


def _bring(network: Network, part: Path, mirror: str, on_progress: OnProgress) -> None:
    if is_verified(network, shipped_file(network)):
        shutil.copyfile(shipped_file(network), part)
        return
    if mirror and not mirror.startswith(("http://", "https://")):
        _copy(network, Path(mirror) / network.file, part)
        return
    address = f"{mirror.rstrip('/')}/{quote(network.file)}" if mirror else network.url
    if not address:
        why = "it is derived from a published file and has no address of its own"
        raise FetchError(f"network {network.name}", why, f"set ROADSIEVE_MODEL_MIRROR to where {network.file} lies")
    resumed = part.exists()
    _download(network, address, part, on_progress)
    if resumed and _sha256(part) != network.sha256:
        part.unlink()  # the half that was there belonged to something else
        _download(network, address, part, on_progress)
    _verify(network, part, address)


def _copy(network: Network, source: Path, part: Path) -> None:
    if not source.is_file():
        remedy = "put the file there, or name another mirror"
        raise FetchError(f"network {network.name}", f"{source} is not there", remedy)
    shutil.copyfile(source, part)
    _verify(network, part, str(source))


def _verify(network: Network, part: Path, came_from: str) -> None:
    size, sha256 = part.stat().st_size, _sha256(part)
    if sha256 == network.sha256:
        return
    part.unlink()
    why = (
        f"{came_from} gave {size} bytes with sha256 {sha256}, "
        f"the manifest names {network.size_bytes} bytes with {network.sha256}"
    )
    raise FetchError(f"network {network.name}", why, "get the right file, or correct the manifest knowingly")


def _download(network: Network, address: str, part: Path, on_progress: OnProgress) -> None:
    try:
        for attempt in stamina.retry_context(on=_worth_another_try, attempts=4, timeout=120.0, wait_max=5.0):
            with attempt:
                _download_rest(network, address, part, on_progress)
    except httpx.HTTPStatusError as error:
        why = f"{address} answered {error.response.status_code} {error.response.reason_phrase}"
        raise FetchError(f"network {network.name}", why, "check the address, or set ROADSIEVE_MODEL_MIRROR") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = f"{address} cannot be reached: {error}"
        remedy = "check the connection, or set ROADSIEVE_MODEL_MIRROR to a folder"
        raise FetchError(f"network {network.name}", why, remedy) from error


def _worth_another_try(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
    return isinstance(error, httpx.TransportError)


def _download_rest(network: Network, address: str, part: Path, on_progress: OnProgress) -> None:
    there = part.stat().st_size if part.exists() else 0
    if there >= network.size_bytes > 0:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
    with httpx.stream("GET", address, headers=headers, timeout=TIMEOUTS, follow_redirects=True) as reply:
        if there and reply.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # nothing is behind what is there: the verification says whether it is the file
        reply.raise_for_status()
        resumes = reply.status_code == httpx.codes.PARTIAL_CONTENT
        there = there if resumes else 0
        with part.open("ab" if resumes else "wb") as file:
            for chunk in reply.iter_bytes():  # as they arrive: what came before a break is kept
                file.write(chunk)
                there += len(chunk)
                on_progress(there, network.size_bytes)
                if there > network.size_bytes > 0:
                    return  # longer than promised: the verification says so, the disk need not hold it all


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
