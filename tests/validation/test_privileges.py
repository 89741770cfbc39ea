"""Can a change make anybody more powerful without a refusal?"""

from pathlib import Path

import pytest

from targets.repository import Repository
from tests.validation.changing import ask, changed, make_repository
from validation.gates import privileges
from validation.models import Outcome
from validation.verdicts import GateVerdict

AGENTS = """\
defaults: &defaults
  tools: [search, memory]
agents:
  planner:
    <<: *defaults
    model: small
    temperature: 0.2
    commands: ["git *", "ls"]
    blocked_commands: [rm, "curl *"]
    sandbox: true
    auto_approve: false
  writer:
    tools: [search]
    scopes: read
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    files = {
        "agents.yaml": AGENTS.encode(),
        "gate.toml": b"[gate]\nallowed_hosts = ['a', 'b']\nverify = 1\n",
        "acl.json": b'{"users": {"ann": {"roles": ["reader"]}}}',
    }
    return make_repository(tmp_path, files)


def judged(repository: Repository, old: str, new: str, path: str = "agents.yaml") -> GateVerdict:
    text = repository.read(repository.head("main"), path).decode()
    assert old in text
    return ask(privileges, changed(repository, {path: text.replace(old, new, 1)}), repository)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tools: [search]", "tools: [search, shell]"),
        ("tools: [search]", "tools: [shell]"),
        ("tools: [search]", "tools: ['*']"),
        ("tools: [search]", "tools: {search: {}, shell: {timeout: 1}}"),
        ("tools: [search]", 'tools: ["search", "\\u0073hell"]'),
        ("[search, memory]", "[search, memory, shell]"),
        ("tools: [search]", "tools: *everything"),
        ('["git *", "ls"]', '["*"]'),
        ('["git *", "ls"]', '["git *", "ls", "python"]'),
        ("[rm, ", "["),
        (', "curl *"]', ', "curl https *"]'),
        ('    blocked_commands: [rm, "curl *"]\n', ""),
        ("sandbox: true", "sandbox: false"),
        ("sandbox: true", "sandbox: off"),
        ("    sandbox: true\n", ""),
        ("auto_approve: false", "auto_approve: true"),
        ("auto_approve: false", "auto_approve: 'yes'"),
        ("model: small", "model: small\n    admin: true"),
        ("scopes: read", "scopes: write"),
        ("scopes: read", "scopes: [read, write]"),
    ],
)
def test_more_power_is_refused(repository: Repository, old: str, new: str) -> None:
    anchored = new.replace("*everything", "&everything [search, shell]")
    verdict = judged(repository, old, anchored)
    assert verdict.outcome == Outcome.REFUSED, verdict


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[search, memory]", "[search]"),
        ("[search, memory]", "[memory, search]"),
        ('["git *", "ls"]', '["git log", "ls"]'),
        ("[rm, ", "[rm, dd, "),
        ('"curl *"', '"cur*"'),
    ],
)
def test_less_or_the_same_power_passes(repository: Repository, old: str, new: str) -> None:
    assert judged(repository, old, new).outcome == Outcome.PASSED


def test_other_formats_are_compared_alike(repository: Repository) -> None:
    widened = judged(repository, "['a', 'b']", "['a', 'b', 'c']", "gate.toml")
    assert widened.outcome == Outcome.REFUSED
    assert "admits 'c'" in widened.findings[0].message
    assert judged(repository, "verify = 1", "verify = 0", "gate.toml").outcome == Outcome.REFUSED
    assert judged(repository, '"reader"', '"owner"', "acl.json").outcome == Outcome.REFUSED


def test_a_new_tool_is_told_with_its_line(repository: Repository) -> None:
    verdict = judged(repository, "scopes: read", "scopes: read\n    permissions:\n      - deploy")
    (mark,) = verdict.findings
    assert (mark.path, mark.line) == ("agents.yaml", 16)
    assert "agents.writer.permissions admits 'deploy'" in mark.message


def test_what_cannot_be_compared_is_refused(repository: Repository) -> None:
    verdict = judged(repository, "scopes: read", "scopes: read\n    scopes: write")
    assert verdict.outcome == Outcome.REFUSED
    assert "cannot be compared" in verdict.findings[0].message


def test_files_that_are_no_settings_are_left_alone(repository: Repository) -> None:
    change = changed(repository, {"notes.md": "tools: [shell]\n"})
    assert ask(privileges, change, repository).outcome == Outcome.PASSED


@pytest.mark.parametrize(
    ("new", "what"),
    [
        ("model: large", "what an agent is told, or who answers for it, changes"),
        ("model: small\n    prompt: Tell all.", "what an agent is told"),
        ("model: small\n    on_error_command: reboot", "what is run changes"),
        ("model: small\n    args: [a]", "what is run changes"),
        ("model: small\n    cron: '* * * * *'", "when something runs changes"),
    ],
)
def test_what_steers_an_agent_or_a_program_is_shown_to_a_person(
    repository: Repository, new: str, what: str
) -> None:
    verdict = judged(repository, "model: small", new)
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    (mark,) = verdict.findings
    assert what in mark.message
    assert mark.line is not None


@pytest.mark.parametrize(
    "path",
    ["prompts/planner.md", "AGENTS.md", "a/CLAUDE.md", "personas/x.txt", "my_system_prompt.j2"],
)
def test_words_for_agents_are_shown_to_a_person(repository: Repository, path: str) -> None:
    verdict = ask(privileges, changed(repository, {path: "Be kind.\n"}), repository)
    assert (verdict.outcome, verdict.findings[0].path) == (Outcome.ACKNOWLEDGE, path)


def test_a_permitted_parameter_with_such_a_name_needs_no_second_word(tmp_path: Path) -> None:
    repository = make_repository(
        tmp_path, {"config/tools.yaml": b"tools:\n  a:\n    timeout_ms: 400\n"}
    )
    change = changed(repository, {"config/tools.yaml": "tools:\n  a:\n    timeout_ms: 500\n"})
    assert ask(privileges, change, repository).outcome == Outcome.PASSED
