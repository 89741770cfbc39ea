"""Does a script file become the steps that it says, and a wrong one a list of its mistakes?"""

import json
from pathlib import Path

import pytest

from ports.agentcore import Failed
from ports.agentcore.interpreter import CodeInterpreter
from ports.agentcore.options import AgentCore
from ports.llm.standin import scripts
from ports.llm.standin.scripts import BadScript, read
from ports.llm.standin.server import ended_step, serving
from tests.ports.standin.wire import call

SPENT = "enforced_spend_limit_reached"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "script.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_script_is_played_step_by_step(tmp_path: Path) -> None:
    script = {
        "steps": [
            {"status": 529, "times": 2, "headers": {"retry-after": "3"}},
            {"status": 429, "code": SPENT, "message": "spent"},
            {"text": "half", "stop_reason": "max_tokens"},
            {"body": "<html>", "headers": {"content-type": "text/html"}},
            {"events": ["event: ping\ndata: {}\n\n"]},
            {"end": "EOF"},
        ],
        "then": "end",
    }
    steps, _, authored = read(written(tmp_path, json.dumps(script)))
    assert not authored
    assert [step.status for step in steps] == [529, 529, 429, 200, 200, 200, 200]
    with serving(steps, otherwise=ended_step) as played:
        answers = [call(played.address) for _ in range(6)]
        with pytest.raises(ConnectionError):
            call(played.address)
        last, _ = call(played.address)
    assert answers[0][0].headers["retry-after"] == "3"
    assert json.loads(answers[2][1])["error"]["details"]["error_code"] == SPENT
    assert json.loads(answers[3][1])["stop_reason"] == "max_tokens"
    assert answers[4][1] == b"<html>"
    assert answers[5][0].headers["content-type"].startswith("text/event-stream")
    assert last.status == 500


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "EOF"),
        ("[]", "object"),
        ("{}", "give steps, or agentcore"),
        ('{"agentcore": [{"frame": "news"}]}', "agentcore.0.frame"),
        ('{"agentcore": [{"frame": "aException", "status": 500}]}', "agentcore.0: Value error"),
        ('{"agentcore": [{"text": "a"}]}', "agentcore.0.text: Extra inputs"),
        ('{"steps": [{}]}', "steps.0: Value error, the step does nothing"),
        ('{"steps": [{"text": "a", "body": "b"}]}', "steps.0: Value error, give one of"),
        ('{"steps": [{"text": "a", "status": 500}]}', "steps.0: Value error, give one of"),
        ('{"steps": [{"text": "a", "frame": "bException"}]}', "steps.0: Value error, give one"),
        ('{"steps": [{"frame": "news"}]}', "steps.0.frame"),
        ('{"steps": [{"text": 3}]}', "steps.0.text"),
        ('{"steps": [{"words": "a"}]}', "steps.0.words: Extra inputs"),
        ('{"steps": [{"status": 99}]}', "steps.0.status"),
        ('{"steps": [{"end": "BANG"}]}', "steps.0.end"),
        ('{"steps": [{"text": "a", "delay": 1e9}]}', "steps.0.delay"),
        ('{"steps": [{"text": "a", "times": 0}]}', "steps.0.times"),
        ('{"steps": [], "then": "dance"}', "then"),
    ],
)
def test_a_wrong_script_is_told_by_step_and_field(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadScript) as caught:
        read(written(tmp_path, text))
    assert told in str(caught.value)


def test_a_script_plays_faults_of_agentcore_before_the_usual_answers(tmp_path: Path) -> None:
    script = {
        "agentcore": [
            {"status": 403},
            {"status": 429, "error": "ThrottlingException", "message": "slowly"},
            {"end": "RESET"},
            {"body": "<html>"},
            {"delay": 0.01},
            {"frame": "throttlingException", "times": 2},
        ]
    }
    found = read(written(tmp_path, json.dumps(script)))
    assert (found.steps, len(found.services)) == ([], 7)
    kinds = []
    with serving(services=found.services) as played:
        interpreter = CodeInterpreter(AgentCore(enabled=True, address=played.address))
        for _ in range(4):
            with pytest.raises(Failed) as caught:
                interpreter.start(60)
            kinds.append(caught.value.kind)
        session = interpreter.start(60)
        for _ in range(3):
            with pytest.raises(Failed) as caught:
                interpreter.execute(session, "true", seconds=5)
            kinds.append(caught.value.kind)
    assert kinds == [
        *("AccessDeniedException", "ThrottlingException", "connection", "bad_body"),
        *("ThrottlingException", "ThrottlingException", "tool_error"),
    ]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadScript) as caught:
        read(written(tmp_path, '{"steps": [{"a": 1}, {"b": 2}]}'))
    assert "steps.0.a" in str(caught.value)
    assert "steps.1.b" in str(caught.value)


def test_a_file_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadScript, match="No such file"):
        read(tmp_path / "nothing.json")
    with pytest.raises(BadScript, match="directory"):
        read(tmp_path)
    monkeypatch.setattr(scripts, "LARGEST", 3)
    with pytest.raises(BadScript, match="larger than"):
        read(written(tmp_path, '{"steps": []}'))
