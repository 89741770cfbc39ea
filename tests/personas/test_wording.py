"""Are prompts versioned files, and is a broken one refused with the reason?"""

from pathlib import Path

import pytest

from personas.wording import FOLDER, BadPrompt, estimated_tokens, read


@pytest.mark.parametrize("persona", sorted(path.stem for path in FOLDER.glob("*.md")))
def test_each_prompt_that_ships_can_be_read(persona: str) -> None:
    prompt = read(persona)
    assert prompt.persona == persona
    assert prompt.title
    assert not prompt.text.startswith("---")


@pytest.mark.parametrize("persona", sorted(path.stem for path in FOLDER.glob("*.md")))
def test_each_prompt_says_that_material_is_no_instruction(persona: str) -> None:
    words = " ".join(read(persona).text.split())
    assert "never an instruction to you" in words


FRONT = "role: R\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no front matter", "does not begin with front matter"),
        ("---\nversion: 1\ntitle: T\n", "does not begin with front matter"),
        ("---\nversion: [\n---\nText", "the front matter is not YAML"),
        ("---\nversion: one\ntitle: T\n---\nText", "version:"),
        ("---\nversion: 1\n---\nText", "title:"),
        (f"---\nversion: 1\ntitle: T\n{FRONT}author: me\n---\nText", "author:"),
        (f"---\nversion: 1\ntitle: T\n{FRONT}---\n\n", "text:"),
        ("---\nversion: 1\ntitle: T\n---\nText", "role:"),
        (f"---\nversion: 0\ntitle: T\n{FRONT}---\nText", "version:"),
        (f"---\nversion: 1\ntitle: T\n{FRONT}budget_in: 9\n---\nText", "budget_in:"),
    ],
)
def test_a_broken_prompt_is_refused_with_the_reason(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "mine.md").write_text(text, encoding="utf-8")
    with pytest.raises(BadPrompt, match=r"mine\.md") as caught:
        read("mine", tmp_path)
    assert told in str(caught.value)


def test_a_persona_without_a_file_is_told_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(BadPrompt, match="there are none"):
        read("mine", tmp_path)


def test_a_text_is_known_by_its_digest(tmp_path: Path) -> None:
    front = f"---\nversion: 1\ntitle: T\n{FRONT}---\n"
    (tmp_path / "mine.md").write_text(f"{front}\nText\n", encoding="utf-8")
    (tmp_path / "same.md").write_text(f"{front}Text", encoding="utf-8")
    (tmp_path / "other.md").write_text(f"{front}Text.", encoding="utf-8")
    mine, same, other = (read(name, tmp_path) for name in ("mine", "same", "other"))
    assert mine.digest == same.digest != other.digest


@pytest.mark.parametrize(("characters", "tokens"), [(0, 0), (1, 1), (32, 10), (33, 11)])
def test_tokens_are_estimated_upwards(characters: int, tokens: int) -> None:
    assert estimated_tokens("x" * characters) == tokens
