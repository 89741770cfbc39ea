"""How our own log lines look: JSON objects, or plain text on a terminal; never a secret."""

import json
import logging
import os
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

from selfimprove.config import ROOT, BadConfiguration
from telemetry.sanitizer import Policy, sanitize

JSON_LOGS = "SELFIMPROVE_JSON_LOGS"
OURS = Policy(allowed_paths=(str(ROOT), sys.prefix, sys.base_prefix))  # a traceback stays readable


def configure(*, role: str) -> dict[str, Any]:
    """Return Django's LOGGING and set structlog up to feed it."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.EventRenamer("msg"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.StackInfoRenderer(),
                    structlog.processors.format_exc_info,  # before the cleaning: it is text too
                    clean,
                    _renderer(),
                ],
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": _level()},
        "loggers": {
            "selfimprove": {"level": "INFO" if role != "cli" else "WARNING"},
            "django-q": {"level": "WARNING"},
        },
    }


def clean(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take every secret out of a line, wherever in it the secret stands."""
    return {key: _cleaned(key, value) for key, value in event.items()}


def relayed(name: str, line: str) -> str:
    """Return a child's line as the supervisor passes it on: in JSON logs every line is JSON."""
    if os.environ.get(JSON_LOGS) != "1":
        return f"{name:>7} | {line}"
    if _is_object(line):
        return line
    told = {"ts": datetime.now(UTC).isoformat(), "level": "info", "logger": name, "msg": line}
    return json.dumps(clean(None, "info", told))


def _cleaned(key: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): _cleaned(str(name), part) for name, part in value.items()}
    if isinstance(value, list | tuple | set):
        return [_cleaned(key, part) for part in value]
    text = value if isinstance(value, str) else repr(value)
    named = sanitize(f"{key}={text}", OURS)[0]  # the name may be what gives a secret away
    if named.startswith(f"{key}="):
        return named.removeprefix(f"{key}=")
    return sanitize(text, OURS)[0]


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _level() -> str:
    level = os.environ.get("LOG_LEVEL", "WARNING").upper()
    known = logging.getLevelNamesMapping()
    if level not in known:
        raise BadConfiguration(f"LOG_LEVEL is {level!r}; use one of {', '.join(known)}")
    return level


def _renderer() -> Any:
    if os.environ.get(JSON_LOGS) == "1":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(
        colors=False,
        event_key="msg",
        timestamp_key="ts",
        exception_formatter=structlog.dev.plain_traceback,
    )
