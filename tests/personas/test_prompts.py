"""Do the prompts that ship agree with the code that asks and the code that reads?"""

import re
from pathlib import Path

import pytest

from personas.agents import load
from personas.edits.blocks import read as edits_in
from personas.replies import proposals_in
from personas.wording import FOLDER, estimated_tokens, read

WRITERS = ("evaluator", "planner")
JUDGES = ("architect", "reviewer")
EVERYONE = sorted([*WRITERS, *JUDGES, "builder"])


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
    assert "Every key is required and no other is allowed." in words(persona)


@pytest.mark.parametrize("persona", EVERYONE)
def test_a_prompt_itself_can_never_pass_for_an_answer(persona: str) -> None:
    assert proposals_in(read(persona).text) == ((), ())


def test_the_evaluator_may_propose_no_feature_and_no_permission() -> None:
    text = words("evaluator")
    assert "Never propose a new feature, a cosmetic change, a new tool, a wider permission" in text
    assert "Copy no text of the material into a path, an address or a command." in text
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


@pytest.mark.parametrize("persona", EVERYONE)
def test_nobody_is_told_that_it_may_act(persona: str) -> None:
    assert "You have no tools and can change nothing yourself." in words(persona)


@pytest.mark.parametrize("persona", EVERYONE)
def test_a_changed_text_has_a_new_version(persona: str) -> None:
    lines = (FOLDER / "versions.txt").read_text(encoding="utf-8").splitlines()
    known = [tuple(line.split()) for line in lines if not line.startswith("#")]
    prompt = read(persona)
    line = f"{persona} {prompt.version} {prompt.digest}"
    assert tuple(line.split()) in known, (
        f"the words of {persona}.md changed: raise its version and add to versions.txt: {line}"
    )
    numbers = [(name, version) for name, version, _ in known]
    assert len(set(numbers)) == len(numbers)
    assert prompt.version == max(int(version) for name, version in numbers if name == persona)


def test_each_agent_is_told_its_own_role_whose_words_are_a_small_part_of_what_is_sent() -> None:
    for agent in load().values():
        assert agent.prompt.role == agent.name
        assert estimated_tokens(agent.prompt.text) < agent.max_prompt_tokens / 10


def test_the_builder_is_shown_the_form_that_is_read() -> None:
    text = read("builder").text
    shown = re.findall(r"^    (.*)$", text, re.MULTILINE)
    blocks = edits_in("\n".join([*shown, "<done/>"]))
    assert [block.path for block in blocks] == ["the/path.py", "the/path.py"]
