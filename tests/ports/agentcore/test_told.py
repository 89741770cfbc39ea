"""Does the page about AgentCore tell of every state and service, and of what is not used?"""

import re

import pytest

from ports.agentcore import Service, State
from ports.agentcore.options import AgentCore
from ports.agentcore.standin.calls import OPERATIONS
from tests.architecture.house import ROOT

PAGE = (ROOT / "docs" / "agentcore.md").read_text(encoding="utf-8")
CELLS = {line.split("|")[1].strip() for line in PAGE.splitlines() if line.startswith("|")}
SOURCES = [path.read_text() for path in (ROOT / "ports" / "agentcore").glob("*.py")]


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_told(state: State) -> None:
    assert str(state) in CELLS


@pytest.mark.parametrize("service", list(Service))
def test_every_service_is_told_with_what_is_used_instead(service: Service) -> None:
    assert str(service) in CELLS


def test_each_call_of_ours_is_known_to_the_stand_in() -> None:
    from botocore import xform_name

    known = {xform_name(name) for names in OPERATIONS.values() for name in names}
    called = {
        name
        for text in SOURCES
        for name in re.findall(
            r'"((?:list|create|retrieve|start|invoke|stop)_\w+|evaluate)"', text
        )
    }
    assert len(called) == 11
    assert called <= known


def test_the_default_is_off_and_names_what_everybody_has() -> None:
    found = AgentCore()
    assert not found.enabled
    assert found.code_interpreter_id == "aws.codeinterpreter.v1"
    assert found.memory_namespace in PAGE
    assert (found.memory_id, found.evaluator_id, found.address) == ("", "", "")
