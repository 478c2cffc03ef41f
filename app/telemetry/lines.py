"""Log lines: one event a line, a sentence for people or JSON for machines, as the setting log_format says."""

from __future__ import annotations

import json
import logging
import logging.config
import sys
from datetime import UTC, datetime
from typing import Any, Literal

LogFormat = Literal["text", "json"]

log = logging.getLogger("roadsieve")


def emit(level: int, event: str, sentence: str, /, **fields: Any) -> None:
    """Write one event: its sentence filled with its fields, and in JSON the fields one by one."""
    if log.isEnabledFor(level):
        log.log(level, "%s", sentence.format_map(fields), extra={"event": event, "fields": fields})


class JsonLine(logging.Formatter):
    """Write a record as one JSON object on one line; lines of libraries have no event, and their logger instead."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"at": at, "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if event := getattr(record, "event", None):
            told |= {"event": event, **getattr(record, "fields", {})}
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


def logging_in(log_format: LogFormat, level: str) -> dict[str, Any]:
    """Return how logging is to be set up, for logging.config.dictConfig: every line to stdout."""
    text = {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": JsonLine} if log_format == "json" else text},
        "handlers": {"out": {"class": "logging.StreamHandler", "stream": sys.stdout, "formatter": "line"}},
        "root": {"level": level, "handlers": ["out"]},
    }


def write_lines(log_format: LogFormat, level: str) -> None:
    """Set logging up for a process that is no worker; Faust does it for workers."""
    logging.config.dictConfig(logging_in(log_format, level))
