"""Fetching from a real server and a real folder: verified or refused, resumed where it broke off, never half a file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models.errors import FetchError, ManifestError
from models.fetch import fetch, fetch_network, is_verified
from models.manifest import Network, shipped_manifest
from tests.networks import STANDIN, standin_networks


@dataclass
class Mirror:
    """A server of files that keeps its log and can be told to misbehave."""

    folder: Path
    resumes: bool = True
    break_off_after: list[int] = field(default_factory=list)  # bytes sent of each of the next answers
    statuses: list[int] = field(default_factory=list)  # of the next answers
    asked: list[str | None] = field(default_factory=list)  # Range of each question
    address: str = ""


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    served = Mirror(tmp_path / "mirror")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.headers.get("Range"))
            file = served.folder / self.path.rsplit("/", 1)[-1]
            status = served.statuses.pop(0) if served.statuses else 200
            if status != 200 or not file.exists():
                self.send_error(404 if status == 200 else status)
                return
            content, start = file.read_bytes(), 0
            if served.resumes and self.headers.get("Range"):
                start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            most = served.break_off_after.pop(0) if served.break_off_after else len(content)
            self.wfile.write(content[start : start + most])

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        served.address = f"http://127.0.0.1:{server.server_port}/networks"
        yield served
        server.shutdown()
        thread.join()


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return standin_networks(tmp_path / "mirror")[STANDIN]


def leftovers(cache: Path) -> set[str]:
    return {file.name for file in cache.iterdir() if not file.name.endswith(".lock")}


def test_a_folder_is_a_mirror_and_needs_no_connection(network: Network, tmp_path: Path) -> None:
    file = fetch_network(network, tmp_path / "cache", str(tmp_path / "mirror"))
    assert is_verified(network, file)
    assert leftovers(tmp_path / "cache") == {network.file}


def test_a_file_in_the_cache_is_used_though_its_mirror_is_gone(network: Network, tmp_path: Path) -> None:
    first = fetch_network(network, tmp_path / "cache", str(tmp_path / "mirror"))
    assert fetch_network(network, tmp_path / "cache", str(tmp_path / "gone")) == first


def test_a_damaged_file_in_the_cache_is_fetched_anew(network: Network, tmp_path: Path) -> None:
    file = fetch_network(network, tmp_path / "cache", str(tmp_path / "mirror"))
    file.write_bytes(b"\0" * network.size_bytes)
    assert is_verified(network, fetch_network(network, tmp_path / "cache", str(tmp_path / "mirror")))


def test_an_address_is_a_mirror_and_progress_is_told(network: Network, mirror: Mirror, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    file = fetch_network(network, tmp_path / "cache", mirror.address, lambda there, all_: told.append((there, all_)))
    assert is_verified(network, file)
    assert told[-1] == (network.size_bytes, network.size_bytes)


def test_without_a_mirror_the_address_of_the_manifest_is_asked(
    network: Network, mirror: Mirror, tmp_path: Path
) -> None:
    public = network.model_copy(update={"url": f"{mirror.address}/standin.onnx"})
    assert is_verified(public, fetch_network(public, tmp_path / "cache"))


@pytest.mark.slow
def test_a_download_that_breaks_off_goes_on_where_it_stopped(network: Network, mirror: Mirror, tmp_path: Path) -> None:
    mirror.break_off_after = [1000, 500]
    assert is_verified(network, fetch_network(network, tmp_path / "cache", mirror.address))
    assert mirror.asked == [None, "bytes=1000-", "bytes=1500-"]


def test_what_an_earlier_process_left_is_gone_on_with(network: Network, mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    part = tmp_path / "cache" / f"{network.file}.{network.sha256[:12]}.part"
    part.write_bytes((mirror.folder / network.file).read_bytes()[:2000])
    assert is_verified(network, fetch_network(network, tmp_path / "cache", mirror.address))
    assert mirror.asked == ["bytes=2000-"]
    assert leftovers(tmp_path / "cache") == {network.file}


@pytest.mark.parametrize("left", [b"x" * 2000, b"x" * 1_000_000])
def test_what_does_not_belong_to_the_file_is_thrown_away(
    network: Network, mirror: Mirror, tmp_path: Path, left: bytes
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / f"{network.file}.{network.sha256[:12]}.part").write_bytes(left)
    assert is_verified(network, fetch_network(network, tmp_path / "cache", mirror.address))


@pytest.mark.slow
def test_a_server_that_cannot_resume_gives_the_whole_file(network: Network, mirror: Mirror, tmp_path: Path) -> None:
    mirror.resumes, mirror.break_off_after = False, [1000]
    assert is_verified(network, fetch_network(network, tmp_path / "cache", mirror.address))


@pytest.mark.slow
def test_a_server_in_trouble_is_asked_again(network: Network, mirror: Mirror, tmp_path: Path) -> None:
    mirror.statuses = [503, 500]
    assert is_verified(network, fetch_network(network, tmp_path / "cache", mirror.address))


def test_two_at_once_fetch_it_once(network: Network, mirror: Mirror, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        files = list(pool.map(lambda _: fetch_network(network, tmp_path / "cache", mirror.address), range(2)))
    assert files[0] == files[1]
    assert len(mirror.asked) == 1


@pytest.mark.parametrize("over_http", [True, False])
@pytest.mark.parametrize("content", [b"another file", b"x" * 100_000])
def test_another_file_under_the_name_is_refused_with_both_hashes(
    network: Network, mirror: Mirror, tmp_path: Path, content: bytes, over_http: bool
) -> None:
    (mirror.folder / network.file).write_bytes(content)
    with pytest.raises(FetchError) as refusal:
        fetch_network(network, tmp_path / "cache", mirror.address if over_http else str(mirror.folder))
    assert network.sha256 in str(refusal.value)
    assert "get the right file" in refusal.value.remedy
    assert leftovers(tmp_path / "cache") == set()


def test_a_file_that_the_mirror_lacks_is_told(network: Network, mirror: Mirror, tmp_path: Path) -> None:
    (mirror.folder / network.file).unlink()
    with pytest.raises(FetchError, match=r"standin\.onnx answered 404 Not Found; check the address"):
        fetch_network(network, tmp_path / "cache", mirror.address)
    assert len(mirror.asked) == 1
    with pytest.raises(FetchError, match=r"standin\.onnx is not there; put the file there"):
        fetch_network(network, tmp_path / "cache", str(mirror.folder))


@pytest.mark.slow
def test_an_unreachable_mirror_is_told(network: Network, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"127\.0\.0\.1:9/standin\.onnx cannot be reached: .*MIRROR to a folder"):
        fetch_network(network, tmp_path / "cache", "http://127.0.0.1:9")


def test_a_network_without_an_address_asks_for_a_mirror(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"set ROADSIEVE_MODEL_MIRROR to where yolox_nano_dynamic\.onnx lies"):
        fetch("yolox_nano_dynamic", tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_told(network: Network, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder must be")
    with pytest.raises(FetchError, match=r"cache .*cache: .*; free space, or name a folder"):
        fetch_network(network, tmp_path / "cache", str(tmp_path / "mirror"))


def test_an_unknown_name_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="not in the manifest"):
        fetch("no_such_network", tmp_path / "cache")


def test_every_network_that_lies_beside_the_repository_is_the_one_of_the_manifest(
    shared_data: Path, tmp_path: Path
) -> None:
    for network in shipped_manifest().values():
        if network.confirmed != "listed":
            file = fetch(network.name, tmp_path, str(shared_data / "models"))
            assert is_verified(network, tmp_path / network.file)
            assert (file.name == network.file) == (not network.converted)


def test_a_network_whose_hash_nobody_published_is_not_fetched_and_the_remedy_is_told(mirror: Mirror) -> None:
    unpinned = shipped_manifest()["resnet18_bdd100k_weather"]
    with pytest.raises(FetchError, match=r"nobody has published the sha256 of \S+, so [^;]+; get it yourself"):
        fetch_network(unpinned, mirror.folder, mirror.address)
    assert mirror.asked == [] and not is_verified(unpinned, Path(__file__))


@pytest.mark.slow
def test_where_only_the_hash_is_known_it_alone_decides(mirror: Mirror, tmp_path: Path) -> None:
    network = standin_networks(mirror.folder)[STANDIN].model_copy(update={"size_bytes": 0})
    mirror.break_off_after = [1000]
    file = fetch_network(network, tmp_path / "cache", mirror.address)
    assert is_verified(network, file) and mirror.asked == [None, "bytes=1000-"]
    other = network.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(FetchError, match=r"the manifest names .* with 0000"):
        fetch_network(other, tmp_path / "other", mirror.address)
