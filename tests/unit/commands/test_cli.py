"""The table of verbs: each is there, explains itself with an example, and costs nothing until it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from app.cli import VERBS, load, root
from app.commands.exits import Exit

GROUPS = {name for name in VERBS if hasattr(load(name), "commands")}
SINGLE = sorted(set(VERBS) - GROUPS)
SUB = sorted((group, verb) for group in GROUPS for verb in load(group).commands)

runner = CliRunner()


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_overview_names_every_verb_with_its_sentence() -> None:
    shown = words(runner.invoke(root, ["--help"], terminal_width=200).output)
    for name, verb in VERBS.items():
        assert name in shown and verb.sentence in shown


@pytest.mark.parametrize("arguments", [[name] for name in SINGLE] + [list(pair) for pair in SUB], ids=" ".join)
def test_every_verb_has_help_with_an_example_and_exit_codes(arguments: list[str]) -> None:
    result = runner.invoke(root, [*arguments, "--help"], terminal_width=200)
    assert result.exit_code == 0, result.output
    assert "Example" in result.output
    assert "Exit codes" in result.output or "exit code" in result.output.lower()


def test_the_overview_imports_no_verb() -> None:
    program = (
        "import sys\nfrom app.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'aiokafka', 'faust', 'av', 'numpy', 'pydantic', 'fastavro', 'onnxruntime'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("arguments", [["no-such-verb"], ["topics", "no-such-verb"], ["demo", "--no-such-option"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert runner.invoke(root, arguments).exit_code == Exit.USAGE


def test_an_unknown_stage_is_answered_with_the_stages_there_are() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "app.cli", "worker", "porter", "sorter"], capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert run.returncode == Exit.SETUP
    assert run.stderr.startswith("roadsieve: stage 'sorter': there is no such stage; choose from: porter, detector")
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("verb", [["stats"], ["topics", "check"], ["letters", "list"], ["letters", "replay"]])
def test_a_broker_that_is_not_there_is_one_line_and_exit_code_75(
    verb: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROADSIEVE_KAFKA", "127.0.0.1:1")
    run = subprocess.run(
        [sys.executable, "-m", "app.cli", *verb], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == Exit.UNREACHABLE
    assert run.stderr.startswith("roadsieve: Kafka at 127.0.0.1:1: it does not answer")
    assert "roadsieve broker start" in run.stderr and len(run.stderr.splitlines()) == 1
