"""Does the database hold the declared agents, and does the log say what changed?"""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from pytest_django import Settings

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from personas.agents import Agent, load
from personas.models import Provisioned
from personas.provisioning import SameVersion, begin, differences, digest, provision
from tests.personas.ledger.spend import NOW

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")


def edited(agents: dict[str, Agent], name: str, **changes: object) -> dict[str, Agent]:
    return {**agents, name: agents[name].model_copy(update=changes)}


def output(*arguments: str) -> str:
    out = StringIO()
    call_command("agents", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def config(tmp_path: Path, settings: Settings) -> Callable[[str, str], None]:
    """Work in a copy of the configuration, and return how to edit its agents."""
    for name in ("agents.yaml", "prices.toml"):
        text = (django_settings.CONFIG_DIR / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
    settings.CONFIG_DIR = tmp_path

    def edit(old: str, new: str) -> None:
        path = tmp_path / "agents.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return edit


def test_every_declared_agent_is_stored_once() -> None:
    declared = load()
    assert [change.kind for change in provision(declared, actor=ADA, at=NOW)] == ["new"] * 5
    assert provision(declared, actor=ADA, at=NOW) == []
    row = Provisioned.objects.get(name="Builder")
    builder = declared["Builder"]
    assert (row.model, row.max_prompt_tokens) == (builder.model, 40_000)
    assert (row.digest, row.prompt_digest) == (builder.digest, builder.prompt_digest)
    entry = Entry.objects.get(event=Event.AGENTS_PROVISIONED)
    assert entry.facts["digest"] == digest(declared)
    assert entry.facts["agents"]["Builder"] == builder.digest


def test_a_new_installation_provisions_once_and_later_changes_wait_for_a_person(
    config: Callable[[str, str], None],
) -> None:
    assert begin(actor=ADA, at=NOW)
    assert Provisioned.objects.count() == 5
    config("effort: high", "effort: low")
    assert not begin(actor=ADA, at=NOW)
    assert [change.kind for change in differences(load())] == ["changed"]
    assert Entry.objects.filter(event=Event.AGENTS_PROVISIONED).count() == 1


def test_a_change_is_told_by_field() -> None:
    declared = load()
    provision(declared, actor=ADA, at=NOW)
    changed = edited(declared, "Reviewer", effort="high", extensions=["search"])
    [change] = differences(changed)
    assert change.lines == [
        "  Reviewer",
        "-   effort: low",
        "+   effort: high",
        "-   extensions: []",
        "+   extensions: ['search']",
    ]
    provision(changed, actor=ADA, at=NOW)
    assert Entry.objects.filter(event=Event.AGENTS_PROVISIONED).count() == 2
    assert digest(changed) != digest(declared)


def test_an_agent_that_is_gone_is_withdrawn_and_can_come_back() -> None:
    declared = load()
    provision(declared, actor=ADA, at=NOW)
    fewer = {name: agent for name, agent in declared.items() if name != "Architect"}
    assert [change.lines for change in differences(fewer)] == [["- Architect"]]
    provision(fewer, actor=ADA, at=NOW)
    assert Provisioned.objects.get(name="Architect").withdrawn_at == NOW
    [back] = provision(declared, actor=ADA, at=NOW)
    assert (back.name, back.kind) == ("Architect", "new")
    assert not Provisioned.objects.exclude(withdrawn_at=None).exists()


def test_other_words_need_another_version_and_else_nothing_is_provisioned() -> None:
    declared = load()
    provision(declared, actor=ADA, at=NOW)
    prompt = declared["EvalAgent"].prompt
    reworded = prompt.model_copy(update={"text": prompt.text + " Be kind."})
    silently = edited(declared, "EvalAgent", prompt=reworded, effort="low")
    with pytest.raises(SameVersion, match="prompt of EvalAgent changed, and its version did not"):
        provision(silently, actor=ADA, at=NOW)
    assert Provisioned.objects.get(name="EvalAgent").effort == "medium"
    newer = reworded.model_copy(update={"version": prompt.version + 1})
    [change] = provision(edited(declared, "EvalAgent", prompt=newer), actor=ADA, at=NOW)
    assert {name for name, _, _ in change.fields} == {"prompt_version", "prompt_digest"}


def test_the_command_compares_and_provisions(config: Callable[[str, str], None]) -> None:
    with pytest.raises(SystemExit) as caught:
        output("--diff")
    assert caught.value.code == 1
    told = output("provision")
    assert "EvalAgent: new" in told
    assert f"provisioned, digest {digest(load())[:16]}" in told
    assert output("--diff") == "provisioned as declared\n"
    config("effort: high", "effort: max")
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("agents", "--diff", "--json", stdout=out)
    [change] = json.loads(out.getvalue())["changes"]
    assert change == {"agent": "Builder", "kind": "changed", "fields": [["effort", "high", "max"]]}


def test_a_file_with_mistakes_provisions_nothing(config: Callable[[str, str], None]) -> None:
    config("effort: high", "effort: extreme")
    with pytest.raises(CommandError, match="agent Builder: field effort"):
        output("provision")
    assert not Provisioned.objects.exists()


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_the_command_warns_of_a_model_that_ends(
    config: Callable[[str, str], None], words: tuple[str, ...]
) -> None:
    assert "retire" not in output()
    config("claude-sonnet-5-5\n    effort: low", "claude-sonnet-4-5-20250929\n    effort: low")
    told = output(*words)
    assert "Reviewer asks claude-sonnet-4-5-20250929, which retire" in told
    assert "on 2026-11-30; choose another model" in told
