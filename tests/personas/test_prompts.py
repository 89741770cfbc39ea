"""Do the prompts that ship agree with the code that asks and the code that reads?"""

from pathlib import Path

import pytest

from personas.agents import load
from personas.replies import proposals_in
from personas.wording import FOLDER, read

WRITERS = ("evaluator", "planner")
JUDGES = ("architect", "reviewer")


def words(persona: str) -> str:
    return " ".join(read(persona).text.split())


@pytest.mark.parametrize("persona", WRITERS)
def test_writers_are_told_the_tags_that_are_read(persona: str) -> None:
    text = words(persona)
    assert '`<proposal n="…">`' in text
    assert "`</proposal>`" in text
    assert "`<done/>`" in text
    assert "With nothing to propose write only that line." in text


@pytest.mark.parametrize("persona", WRITERS)
def test_writers_are_told_where_number_and_headings_stand(persona: str) -> None:
    assert "`documents`" in words(persona)
    assert "`headings`" in words(persona)


@pytest.mark.parametrize("persona", JUDGES)
def test_judges_answer_with_one_object(persona: str) -> None:
    assert "one JSON object and nothing else, with the keys" in words(persona)


@pytest.mark.parametrize("persona", [*WRITERS, *JUDGES, "builder"])
def test_a_prompt_itself_can_never_pass_for_an_answer(persona: str) -> None:
    assert proposals_in(read(persona).text) == ((), ())


def test_the_evaluator_may_propose_no_feature_and_no_permission() -> None:
    text = words("evaluator")
    assert "Never propose a new feature, a cosmetic change, a new tool, a wider permission" in text
    assert "You have no tools" in text
    assert "Finding nothing is a normal result." in text


def test_every_prompt_belongs_to_a_declared_agent() -> None:
    declared = {agent.persona for agent in load().values()}
    assert declared == {path.stem for path in FOLDER.glob("*.md")}


def test_two_agents_do_not_share_a_prompt() -> None:
    personas = [agent.persona for agent in load().values()]
    assert len(personas) == len(set(personas))


def test_prompts_are_files_that_a_diff_can_show() -> None:
    assert all(Path(path).read_text(encoding="utf-8").endswith("\n") for path in FOLDER.glob("*"))
