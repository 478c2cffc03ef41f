"""What is wrong with the set-up is said in one line, with an exit code, before anything is done."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import http.server
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from app import cli
from app.settings import Settings
from app.settings import settings as settings_of_process
from app.stores.s3_client import open_s3
from ops.stack.ports import HOST, free_ports
from ops.stack.s3 import S3Server, Tls, prepare
from tests.buckets import ACCESS_KEY, SECRET_KEY, bucket_of

OPERATOR, UNREACHABLE = 78, 75


@pytest.fixture
def sweep(s3, monkeypatch, capsys) -> Callable[..., tuple[int, str]]:
    """Run `roadsieve sweep` on a bucket that is right but for what differs; return exit code and standard error."""

    def run(**different: str) -> tuple[int, str]:
        named = {
            "endpoint": s3.endpoint, "bucket": bucket_of(s3).s3_bucket, "access_key": ACCESS_KEY,
            "secret_key": SECRET_KEY, "connect_timeout_s": "5", "answer_timeout_s": "5", **different,
        }  # fmt: skip
        monkeypatch.delenv("ROADSIEVE_S3_CA_FILE", raising=False)
        for name, value in named.items():
            monkeypatch.setenv(f"ROADSIEVE_S3_{name.upper()}", value)
        monkeypatch.setattr("app.stores.s3_client.PROBE_S", 1.0)
        settings_of_process.cache_clear()
        try:
            cli.main(["sweep"])
        except SystemExit as ended:
            return int(ended.code or 0), capsys.readouterr().err
        finally:
            settings_of_process.cache_clear()
        return 0, capsys.readouterr().err

    return run


def one_line(err: str) -> str:
    [line] = err.strip().splitlines()
    assert line.startswith("roadsieve: S3 bucket ") and SECRET_KEY not in line
    return line


def test_what_is_right_is_done(sweep):
    assert sweep() == (0, "")


REFUSED = {
    "no such bucket": ({"bucket": "nowhere-at-all"}, "there is no such bucket", "roadsieve bucket create"),
    "a name that no bucket has": ({"bucket": "No_Bucket!"}, "", "ROADSIEVE_S3_BUCKET"),
    "an unknown key": ({"access_key": "nobody"}, "the access key is unknown there", "ROADSIEVE_S3_ACCESS_KEY"),
    "a wrong secret": ({"secret_key": "wrong"}, "the secret key is not that of the access key", "ROADSIEVE_S3_SECRET"),
    "no endpoint at all": ({"endpoint": "nonsense"}, "nonsense", "ROADSIEVE_S3_"),
}


@pytest.mark.parametrize(("different", "why", "remedy"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_setting_is_named(sweep, s3, different, why, remedy):
    if s3.kind == "moto" and not {"bucket", "endpoint"} & different.keys():
        pytest.skip("moto lets everybody in")
    code, err = sweep(**different)
    line = one_line(err)
    assert code == OPERATOR, line
    assert why in line and remedy in line


def test_without_any_credentials_it_says_where_they_may_come_from(sweep, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    code, err = sweep(access_key="", secret_key="")
    assert code == OPERATOR and "there are no usable credentials" in one_line(err) and "AWS_*" in err


def test_credentials_come_from_the_usual_chain_too(sweep, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    assert sweep(access_key="", secret_key="") == (0, "")


def test_a_secret_may_come_from_a_file(sweep, monkeypatch, tmp_path):
    (tmp_path / "secret").write_text(SECRET_KEY + "\n")
    monkeypatch.setenv("ROADSIEVE_S3_SECRET_KEY_FILE", str(tmp_path / "secret"))
    assert sweep(secret_key="") == (0, "")


@pytest.mark.parametrize(("minutes", "how"), [(10, "ahead of"), (-10, "behind")])
def test_a_clock_that_is_ten_minutes_off_is_said(sweep, monkeypatch, minutes, how):
    off = datetime.timedelta(minutes=minutes)
    now = datetime.datetime.now(datetime.UTC).timestamp()
    monkeypatch.setattr("app.stores.s3_client.time.time", lambda: now + off.total_seconds())
    code, err = sweep()
    assert code == OPERATOR and re.search(rf"clock is (59|60|61)\d s {how} the server's", one_line(err))


def test_a_server_that_is_not_there_may_come(sweep):
    code, err = sweep(endpoint=f"http://{HOST}:{free_ports(1)[0]}")
    assert code == UNREACHABLE and "was not reached" in one_line(err)


class Pages(http.server.SimpleHTTPRequestHandler):
    """A web server; whatever it is asked, it has a page for it."""

    def do_GET(self) -> None:
        body = b"<html><body>Welcome</body>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


class NoPages(Pages):
    """A web server that has nothing."""

    def do_GET(self) -> None:
        self.send_error(404)


@contextlib.contextmanager
def web(handler: type[Pages]) -> Iterator[str]:
    with http.server.ThreadingHTTPServer((HOST, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_address[1]}"
        server.shutdown()


WEB = {
    "with a page for everything": (Pages, UNREACHABLE, "without a reason, where S3 gives one"),
    "without any": (NoPages, OPERATOR, "does not speak S3"),
}


@pytest.mark.parametrize(("handler", "ends_with", "why"), WEB.values(), ids=WEB)
def test_a_web_server_on_the_port_is_not_taken_for_s3(sweep, handler, ends_with, why):
    with web(handler) as endpoint:
        code, err = sweep(endpoint=endpoint)
    assert why in one_line(err) and "ROADSIEVE_S3_ENDPOINT" in err
    assert code == ends_with


@contextlib.contextmanager
def talker(words: bytes) -> Iterator[str]:
    """Listen, say these words to whoever comes, and hang up."""
    with socket.create_server((HOST, 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    one, _ = listening.accept()
                    with one:
                        one.recv(65536)
                        one.sendall(words)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://{HOST}:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


NO_HTTP = {
    "silent": (b"", UNREACHABLE, "was not reached"),
    "binary": (b"\x00\x00\x00\x2a\x84\x00\x00\x10 no HTTP\r\n\r\n", OPERATOR, "does not speak S3"),
    "of Cassandra": (b"\x85" + bytes(7) + b"\x68\x00\x00\x00\x0a\x00bInvalid", OPERATOR, "does not speak S3"),
}


@pytest.mark.parametrize(("words", "ends_with", "why"), NO_HTTP.values(), ids=NO_HTTP)
def test_a_server_that_speaks_no_http_is_said_with_what_to_look_at(sweep, words, ends_with, why):
    with talker(words) as endpoint:
        code, err = sweep(endpoint=endpoint)
    assert why in one_line(err) and "ROADSIEVE_S3_ENDPOINT" in err
    assert code == ends_with


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextlib.contextmanager
def tls_server(folder: Path, authority: trustme.CA, **issued: datetime.datetime) -> Iterator[S3Server]:
    made = authority.issue_cert(HOST, "localhost", **issued)
    folder.mkdir()
    made.private_key_pem.write_to_path(str(folder / "key.pem"))
    made.cert_chain_pems[0].write_to_path(str(folder / "certificate.pem"))
    server = S3Server(folder, free_ports(1)[0], prepare(), Tls(folder / "certificate.pem", folder / "key.pem"))
    server.start()
    try:
        yield server
    finally:
        server.kill()


async def put_and_get(settings: Settings, body: bytes) -> None:
    async with open_s3(settings) as objects:
        await objects.put("a", body)
        assert await objects.get("a") == body


def test_tls_needs_a_certificate_that_is_trusted_and_has_not_expired(sweep, authority, tmp_path):
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    with tls_server(tmp_path / "right", authority) as server:
        settings = bucket_of(server, s3_ca_file=ca)
        bucket = settings.s3_bucket
        assert sweep(endpoint=server.endpoint, bucket=bucket, ca_file=str(ca)) == (0, "")
        asyncio.run(put_and_get(settings, b"video"))
        code, err = sweep(endpoint=server.endpoint, bucket=bucket)
        assert code == OPERATOR and "is not trusted" in one_line(err) and "ROADSIEVE_S3_CA_FILE" in err
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    with tls_server(tmp_path / "expired", authority, not_after=yesterday) as server:
        code, err = sweep(endpoint=server.endpoint, ca_file=str(ca))
        assert code == OPERATOR and "its TLS certificate has expired" in one_line(err)


def test_tls_to_a_server_that_has_none_is_said(sweep, s3):
    code, err = sweep(endpoint=s3.endpoint.replace("http:", "https:"))
    assert code == OPERATOR and "it speaks no TLS" in one_line(err)
