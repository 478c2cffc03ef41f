"""A secret may lie in a file, and nothing that goes wrong with it shows what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field, SecretStr, ValidationError

from app.commands import exits
from app.errors import OperatorError
from app.settings import Settings

SECRET = "hunter2-hunter2"


class WithSecret(Settings):
    """Settings with secrets, as a store with passwords has them."""

    store_password: SecretStr = Field(SecretStr(""), max_length=16, description="Password of the store.")
    store_token: SecretStr | None = Field(None, description="Token of the store.")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file that holds the secret, in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "password"
    path.write_text(f"{SECRET}\n")
    return path


def test_a_secret_is_the_content_of_its_file_without_the_line_feed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADSIEVE_STORE_PASSWORD_FILE", str(file))
    monkeypatch.setenv("ROADSIEVE_STORE_TOKEN_FILE", str(file))
    found = WithSecret()
    assert found.store_password.get_secret_value() == SECRET
    assert found.store_token is not None
    assert found.store_token.get_secret_value() == SECRET
    assert SECRET not in f"{found!r} {found}"


def test_the_file_may_be_named_in_dotenv_too(file: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"ROADSIEVE_STORE_PASSWORD_FILE={file}\n")
    assert WithSecret().store_password.get_secret_value() == SECRET


def test_an_argument_in_code_comes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADSIEVE_STORE_PASSWORD_FILE", str(file))
    assert WithSecret(store_password=SecretStr("of-the-code")).store_password.get_secret_value() == "of-the-code"


@pytest.mark.parametrize("name", ["", "ROADSIEVE_STORE_PASSWORD_FILE"])
def test_an_empty_variable_is_as_good_as_none(file: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("ROADSIEVE_STORE_PASSWORD_FILE", "" if name else str(file))
    monkeypatch.setenv("ROADSIEVE_STORE_PASSWORD", SECRET if name else "")
    assert WithSecret().store_password.get_secret_value() == SECRET


def test_a_setting_that_is_no_secret_has_no_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADSIEVE_KAFKA_FILE", str(file))
    assert WithSecret().kafka == Settings.model_fields["kafka"].default


@pytest.mark.parametrize("where", ["environment", "dotenv"])
def test_given_twice_is_refused_and_not_guessed(file: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setenv("ROADSIEVE_STORE_PASSWORD_FILE", str(file))
    if where == "environment":
        monkeypatch.setenv("ROADSIEVE_STORE_PASSWORD", SECRET)
    else:
        (file.parent / ".env").write_text(f"ROADSIEVE_STORE_PASSWORD={SECRET}\n")
    with pytest.raises(OperatorError, match=r"STORE_PASSWORD: it is given twice, .*_FILE; unset one") as caught:
        WithSecret()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read (No such file"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff" + SECRET.encode(), "is no UTF-8"),
    ],
)
def test_what_is_wrong_with_the_file_is_one_line(
    file: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, told: str
) -> None:
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("ROADSIEVE_STORE_PASSWORD_FILE", str(file))
    with pytest.raises(OperatorError) as caught:
        WithSecret()
    [line] = exits.lines_of(caught.value)
    assert f"setting ROADSIEVE_STORE_PASSWORD_FILE: {file} {told}" in line
    assert line.endswith("; name a readable file that holds the secret and nothing else")
    assert "hunter2" not in line


def test_a_folder_is_no_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADSIEVE_STORE_PASSWORD_FILE", str(file.parent))
    with pytest.raises(OperatorError, match="cannot be read"):
        WithSecret()


def test_a_secret_that_is_refused_is_not_quoted(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = type("Settings", (WithSecret,), {})
    monkeypatch.setattr("app.settings.Settings", settings)
    monkeypatch.setenv("ROADSIEVE_STORE_PASSWORD", SECRET + SECRET)
    with pytest.raises(ValidationError) as caught:
        settings()
    [line] = exits.lines_of(caught.value)
    assert "ROADSIEVE_STORE_PASSWORD: what is given is refused" in line
    assert "hunter2" not in line
