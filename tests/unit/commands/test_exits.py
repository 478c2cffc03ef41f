"""What an error says and which exit code it gives."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.commands.exits import Exit, exit_code_of, lines_of, tell
from app.errors import InfrastructureError, ObjectVanished, OperatorError, PreflightError, UnusableVideo
from app.settings import Settings
from models.errors import FetchError

SAID = ("the thing", "is broken", "mend it")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnusableVideo(*SAID), Exit.SOME_UNUSABLE),
        (ObjectVanished(*SAID), Exit.SOME_UNUSABLE),
        (InfrastructureError(*SAID), Exit.UNREACHABLE),
        (OperatorError(*SAID), Exit.SETUP),
        (PreflightError(*SAID), Exit.SETUP),
        (FetchError(*SAID), Exit.SETUP),
    ],
    ids=lambda value: type(value).__name__,
)
def test_our_errors_are_one_line_and_a_code(error: Exception, code: Exit, capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(error) is code
    assert capsys.readouterr().err == "roadsieve: the thing: is broken; mend it\n"


def test_each_wrong_setting_is_a_line_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADSIEVE_TOPIC_PARTITIONS", "many")
    monkeypatch.setenv("ROADSIEVE_STALL_S", "-1")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert exit_code_of(caught.value) is Exit.SETUP
    lines = lines_of(caught.value)
    assert len(lines) == 2
    assert "ROADSIEVE_TOPIC_PARTITIONS: 'many' is refused" in lines[0]
    assert "ROADSIEVE_STALL_S: '-1' is refused" in lines[1]


def test_a_defect_says_where_it_is_and_how_to_see_more() -> None:
    with pytest.raises(KeyError) as caught:
        _ = {}["absent"]
    (line,) = lines_of(caught.value)
    assert exit_code_of(caught.value) is Exit.DIED
    assert "KeyError" in line and "test_exits.py" in line and "ROADSIEVE_LOG_LEVEL=DEBUG" in line


def test_a_traceback_is_shown_only_when_debugging(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROADSIEVE_LOG_LEVEL", "DEBUG")
    tell(OperatorError(*SAID))
    assert "OperatorError" in capsys.readouterr().err
