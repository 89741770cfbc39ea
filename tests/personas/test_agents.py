"""Is agents.yaml either usable as a whole, or refused with every mistake named?"""

from pathlib import Path

import pytest

from personas.agents import REQUIRED, BadAgents, load

GOOD = """\
    persona: evaluator
    provider: anthropic
    model: claude-sonnet-5-5
    effort: medium
    max_tokens: 6000
    extensions: []
"""


def written(folder: Path, *, change: str = "", to: str = "", agent: str = "Reviewer") -> Path:
    """Write a whole agents.yaml in which one agent's fields differ."""
    blocks = []
    for name in REQUIRED:
        fields = GOOD.replace(change, to) if name == agent and change else GOOD
        assert fields != GOOD or name != agent or not change
        blocks.append(f"  {name}:\n{fields}")
    path = folder / "agents.yaml"
    path.write_text("agents:\n" + "".join(blocks), encoding="utf-8")
    return path


def mistakes(path: Path) -> list[str]:
    with pytest.raises(BadAgents) as caught:
        load(path)
    return caught.value.mistakes


def test_the_file_that_ships_declares_the_five_agents() -> None:
    agents = load()
    assert tuple(agents) == REQUIRED
    assert agents["EvalAgent"].extensions == []
    assert all(agent.prompt.version >= 1 and agent.prompt.text for agent in agents.values())


@pytest.mark.parametrize(
    ("change", "to", "told"),
    [
        ("effort: medium", "effort: extreme", "agent Reviewer: field effort:"),
        ("max_tokens: 6000", "max_tokens: many", "agent Reviewer: field max_tokens:"),
        ("max_tokens: 6000", "max_tokens: 0", "agent Reviewer: field max_tokens:"),
        ("provider: anthropic", "provider: elsewhere", "agent Reviewer: field provider:"),
        ("extensions: []", "extension: []", "agent Reviewer: field extension:"),
        ("extensions: []", "extensions: []\n    temperature: 0.3", "set effort instead"),
        ("persona: evaluator", "persona: nobody", "no prompt nobody.md; there are architect"),
        ("persona: evaluator", "persona: ../prompts/evaluator", "no prompt ../prompts"),
        ("persona: evaluator", "persona: 7", "agent Reviewer: field persona:"),
        ("extensions: []", "extensions: []\n    max_prompt_tokens: 0", "field max_prompt_tokens:"),
    ],
)
def test_a_wrong_field_is_told_with_file_agent_and_field(
    tmp_path: Path, change: str, to: str, told: str
) -> None:
    found = mistakes(written(tmp_path, change=change, to=to))
    assert any(told in mistake for mistake in found)
    assert all(mistake.startswith("agents.yaml: agent Reviewer: field") for mistake in found)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, change="    provider: anthropic\n    model: claude-sonnet-5-5\n")
    found = mistakes(path)
    assert len(found) == 2


@pytest.mark.parametrize("name", REQUIRED)
def test_no_agent_may_have_tools_that_nobody_would_give_it(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, change="extensions: []", to="extensions: [shell]", agent=name)
    words = "agents only reason and are given no tools; leave it empty"
    assert mistakes(path) == [f"agents.yaml: agent {name}: field extensions: {words}"]


def test_a_missing_agent_is_named(tmp_path: Path) -> None:
    path = tmp_path / "agents.yaml"
    path.write_text(f"agents:\n  EvalAgent:\n{GOOD}", encoding="utf-8")
    assert mistakes(path) == [
        "agents.yaml: not declared: PlannerAgent, Architect, Builder, Reviewer"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("agents: [", "not readable as YAML"),
        ("- one\n", "expected one top-level key `agents`"),
        ("agents: {}\nmore: 1\n", "expected one top-level key `agents`"),
        ("agents:\n  EvalAgent: hello\n", "agent EvalAgent: expected fields, found 'hello'"),
        ("agents: {}\n", "not declared: EvalAgent"),
        ("", "expected one top-level key `agents`"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "agents.yaml"
    path.write_text(text, encoding="utf-8")
    assert told in mistakes(path)[0]


def test_a_file_that_is_not_there_is_told_with_its_path(tmp_path: Path) -> None:
    assert mistakes(tmp_path / "none.yaml") == [f"{tmp_path}/none.yaml: there is no such file"]


def test_binary_junk_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "agents.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "not readable as YAML" in mistakes(path)[0]


def test_what_an_agent_may_be_asked_leaves_room_for_tokenizers_that_count_more() -> None:
    agent = load()["EvalAgent"].model_copy(update={"max_prompt_tokens": 900})
    assert agent.room == 675 * 3.2
