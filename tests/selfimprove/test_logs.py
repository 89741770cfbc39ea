"""Our own log lines can be read by machines, and no secret gets into one."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from selfimprove import logs
from selfimprove.bootstrap import ROOT
from selfimprove.config import BadConfiguration
from tests.selfimprove.running import run

URL = "postgres://joe:hunter22@db.example.org:5432/app"
TOKEN = "ghp_" + "Q7xV2mK9" * 4


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Configure the logs as a worker of JSON logs does, into a stream of our own."""
    monkeypatch.setenv(logs.JSON_LOGS, "1")
    with _configured() as stream:
        yield stream


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    monkeypatch.delenv(logs.JSON_LOGS, raising=False)
    with _configured() as stream:
        yield stream


class _configured:
    """Point our formatter at a stream, and put pytest's own logging back afterwards."""

    def __enter__(self) -> io.StringIO:
        self.before = structlog.get_config()
        formatter = logs.configure(role="worker")["formatters"]["line"]
        maker = formatter.pop("()")
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(maker(**formatter))
        logging.getLogger("ours").addHandler(self.handler)
        logging.getLogger("ours").setLevel("INFO")
        return self.stream

    def __exit__(self, *_: object) -> None:
        logging.getLogger("ours").removeHandler(self.handler)
        structlog.configure(**self.before)


def test_every_line_is_an_object_with_time_level_and_message(written: io.StringIO) -> None:
    structlog.get_logger("ours").info("tick ended", run="audit.seal", seconds=0.4, ok=True)
    logging.getLogger("ours").warning("from %s", "the standard library")
    first, second = _lines(written)
    assert (first["level"], first["msg"], first["run"]) == ("info", "tick ended", "audit.seal")
    assert (first["seconds"], first["ok"]) == (0.4, True)
    assert (second["level"], second["msg"]) == ("warning", "from the standard library")
    for line in (first, second):
        assert line["ts"].endswith("Z")
        assert line["logger"] == "ours"


@pytest.mark.parametrize(
    "fields",
    [
        {"error": f"cannot connect to {URL}"},
        {"password": "hunter22"},
        {"url": URL},
        {"given": {"password": "hunter22"}},
        {"given": [URL, (URL,)]},
        {"error": ValueError(URL)},
    ],
)
def test_no_field_gives_a_secret_away(written: io.StringIO, fields: dict[str, Any]) -> None:
    structlog.get_logger("ours").warning("it failed", **fields)
    assert "hunter22" not in written.getvalue()
    assert _lines(written)[0]["msg"] == "it failed"


@pytest.mark.parametrize("stream", ["written", "plain"])
def test_no_message_and_no_traceback_gives_a_secret_away(
    stream: str, request: pytest.FixtureRequest
) -> None:
    text: io.StringIO = request.getfixturevalue(stream)
    structlog.get_logger("ours").warning(f"token {TOKEN} at {URL}")
    logging.getLogger("ours").warning("as an argument: %s", URL)
    try:
        raise ConnectionError(f"cannot reach {URL} with {TOKEN}")
    except ConnectionError:
        logging.getLogger("ours").exception("from the standard library")
        structlog.get_logger("ours").exception("from ours")
    said = text.getvalue()
    assert "hunter22" not in said
    assert TOKEN not in said
    assert said.count("Traceback (most recent call last)") == 2
    assert Path(__file__).name in said  # where it happened stays readable


def test_what_is_harmless_is_left_as_it_is(written: io.StringIO) -> None:
    fields = {
        "path": f"{ROOT}/selfimprove/runs.py",
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "run": "delivery.deliver",
        "nothing": None,
        "address": "http://127.0.0.1:8100/",
    }
    structlog.get_logger("ours").info("tick ended", **fields)
    line = _lines(written)[0]
    assert {name: line[name] for name in fields} == fields


def test_the_supervisor_passes_lines_on_with_the_name_of_who_said_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(logs.JSON_LOGS, raising=False)
    assert logs.relayed("web", "ready") == "    web | ready"
    monkeypatch.setenv(logs.JSON_LOGS, "1")
    ours = '{"ts": "2026-03-02T01:00:00Z", "level": "info", "msg": "ready"}'
    assert logs.relayed("web", ours) == ours
    other = json.loads(logs.relayed("web", f"cannot reach {URL}"))
    assert other["logger"] == "web"
    assert {"ts", "level", "msg"} <= set(other)
    assert "hunter22" not in other["msg"]


def test_a_level_that_nobody_knows_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(BadConfiguration, match="LOG_LEVEL is 'LOUD'"):
        logs.configure(role="web")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    with _configured():
        assert logs.configure(role="web")["root"]["level"] == "DEBUG"


def test_a_real_process_writes_json_without_its_secret(tmp_path: Path) -> None:
    code = f"import structlog; structlog.get_logger('any').warning('cannot reach', url={URL!r})"
    done = run(tmp_path, "shell", "-v0", "-c", code, SELFIMPROVE_JSON_LOGS="1")
    line = json.loads(done.stderr.splitlines()[-1])
    assert (line["level"], line["msg"]) == ("warning", "cannot reach")
    assert "hunter22" not in done.stderr


def test_the_sanitizer_does_not_bring_a_model_or_a_server_along(tmp_path: Path) -> None:
    code = (
        "import sys, selfimprove.logs; print([n for n in ('anthropic', 'granian')"
        " if n in sys.modules])"
    )
    done = run(tmp_path, "shell", "-v0", "-c", code)
    assert done.stdout.strip() == "[]"


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]
