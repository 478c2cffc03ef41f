"""Laws of log lines: one event a line, whatever is in it, with its fields for machines."""

from __future__ import annotations

import io
import json
import logging
import logging.config

from app.errors import OutputTooLarge
from app.telemetry import dead_lettered
from app.telemetry.lines import JsonLine, logging_in
from app.telemetry.trace import begin_trace

SEGMENT = "54bc39ba" * 4


def written(log_format: str, tell) -> list[str]:
    """Return the lines that something writes."""
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    config = logging_in(log_format, "INFO")
    config["handlers"]["out"]["stream"] = out = io.StringIO()
    try:
        logging.config.dictConfig(config)
        tell()
    finally:
        root.handlers[:] = before
    return out.getvalue().splitlines()


def test_an_event_is_one_json_object_with_its_fields() -> None:
    error = OutputTooLarge("row 'a'", "9 bytes,\nbut {8} fit", "raise it")
    (line,) = written("json", lambda: dead_lettered("porter", "item", begin_trace(SEGMENT), error))
    told = json.loads(line)
    assert (told["event"], told["stage"], told["error"]) == ("dead_lettered", "porter", "OutputTooLarge")
    assert (told["level"], told["trace_id"], told["reason"]) == ("WARNING", SEGMENT, str(error))


def test_the_same_event_is_a_sentence_for_people() -> None:
    (line,) = written("text", lambda: dead_lettered("porter", "item", [], OutputTooLarge("a", "b", "c")))
    assert line.endswith("WARNING roadsieve: porter: 'item' goes to dead.letters: OutputTooLarge: a: b; c")


def test_a_traceback_stays_on_the_line() -> None:
    def fail() -> None:
        try:
            raise ValueError("two\nlines")
        except ValueError:
            logging.getLogger("library").exception("it failed")

    (line,) = written("json", fail)
    assert "two\nlines" in json.loads(line)["traceback"]


def test_what_json_cannot_hold_is_told_as_text() -> None:
    record = logging.makeLogRecord({"msg": "m", "event": "e", "fields": {"path": io, "name": "ä"}})
    assert json.loads(JsonLine().format(record))["name"] == "ä"
