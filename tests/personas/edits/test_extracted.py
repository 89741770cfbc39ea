"""Do the blocks of an answer become the change that they describe, or nothing at all?"""

import pytest

from personas.edits import SHORT, CannotEdit, NoEdits, NothingChanges, extracted
from tests.personas.edits.applying import after

APP = """\
class Gateway:
    def call(self, name):
        return self.tools[name]

    def stop(self):
        return None
"""
FILES = {"app.py": APP, "tools.yaml": "a: 1\nb: 2\n"}
EDIT = """\
<edit path="app.py">
<<<<<<< SEARCH
        return self.tools[name]
=======
        with self.lock:
            return self.tools[name]
>>>>>>> REPLACE
</edit>
"""
LOCKED = APP.replace(
    "        return self.tools[name]\n",
    "        with self.lock:\n            return self.tools[name]\n",
)


def changed(answer: str) -> dict[str, str]:
    return after(FILES, extracted(answer, FILES.get).diff)


def block(search: str, replace: str, path: str = "app.py") -> str:
    pair = f"<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"
    return f'<edit path="{path}">\n{pair}</edit>\n'


def test_what_was_searched_is_replaced() -> None:
    assert changed(f"I add a lock.\n\n{EDIT}\n<done/>\n")["app.py"] == LOCKED
    assert extracted(f"{EDIT}<done/>", FILES.get).repairs == ()


def test_an_answer_with_carriage_returns_reads_the_same() -> None:
    assert changed(f"{EDIT}<done/>\n".replace("\n", "\r\n"))["app.py"] == LOCKED


def test_several_edits_are_found_in_the_file_as_it_was() -> None:
    first = block("a: 1\n", "b: 2\n", "tools.yaml")
    second = block("b: 2\n", "a: 1\n", "tools.yaml")
    assert changed(f"{first}{second}<done/>")["tools.yaml"] == "b: 2\na: 1\n"


def test_one_block_may_hold_several_pairs() -> None:
    pairs = block("a: 1\n", "a: 3\n", "tools.yaml").removesuffix("</edit>\n")
    more = "<<<<<<< SEARCH\nb: 2\n=======\n>>>>>>> REPLACE\n</edit>\n"
    assert changed(f"{pairs}\n{more}<done/>")["tools.yaml"] == "a: 3\n"


def test_a_wrong_indent_is_put_right_and_told() -> None:
    search = "return self.tools[name]\n"
    replace = "with self.lock:\n    return self.tools[name]\n"
    found = extracted(f"{block(search, replace)}<done/>", FILES.get)
    assert after(FILES, found.diff)["app.py"] == LOCKED
    assert found.repairs == ("app.py: indentation",)


def test_a_whole_file_is_made_or_written_anew() -> None:
    new = '<file path="docs/a.md">\n# A\n</file>\n'
    whole = '<file path="tools.yaml">\n```yaml\na: 1\nb: 3\n```\n</file>\n'
    result = changed(f"{new}{whole}<done/>")
    assert (result["docs/a.md"], result["tools.yaml"]) == ("# A\n", "a: 1\nb: 3\n")


def long(lines: int) -> str:
    return "".join(f"line {number}\n" for number in range(lines))


def test_a_long_file_is_not_written_anew_where_what_it_loses_would_not_be_seen() -> None:
    files = {"long.py": long(SHORT)}
    anew = '<file path="long.py">\nline 0\n# the rest is as it was\n</file>\n<done/>'
    with pytest.raises(CannotEdit, match=r"it has 80 lines, .* fewer than 80; write edits"):
        extracted(anew, files.get)
    short = {"long.py": long(SHORT - 1)}
    assert after(short, extracted(anew, short.get).diff)["long.py"].startswith("line 0\n# the")


def test_a_new_file_may_be_as_long_as_it_likes() -> None:
    text = long(5 * SHORT)
    assert changed(f'<file path="new.py">\n{text}</file>\n<done/>')["new.py"] == text


def test_a_file_may_speak_of_tags_inside_of_its_lines() -> None:
    text = 'print("</file>", "<done/>")\n'
    assert changed(f'<file path="a.py">\n{text}</file>\n<done/>')["a.py"] == text


@pytest.mark.parametrize("cut", range(0, len(EDIT), 7))
def test_an_answer_that_was_cut_is_refused_wherever(cut: int) -> None:
    with pytest.raises(CannotEdit):
        extracted(f"{EDIT}{EDIT[:cut]}", FILES.get)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", "does not end with <done/>"),
        ("<done/>", "no <edit> and no <file>"),
        (f"{EDIT}<done/>\n{EDIT}", "does not end with <done/>"),
        (f"{EDIT}<done/>\nAnd one more thing.", "does not end with <done/>"),
        (EDIT.replace("</edit>\n", "") + "<done/>", "line 1: the block is never closed"),
        (EDIT.replace("</edit>\n", EDIT) + "<done/>", "line 1: the block is never closed"),
        (EDIT.replace("=======\n", "") + "<done/>", "line 2: exactly one ======="),
        (EDIT.replace("=======\n", "=======\n=======\n") + "<done/>", "or write the whole file"),
        (EDIT.replace(">>>>>>> REPLACE\n", "") + "<done/>", "line 2: exactly one"),
        (EDIT.replace("<<<<<<<", "more\n<<<<<<<") + "<done/>", "line 2: only <<<<<<< SEARCH"),
        ('<edit path="app.py">\n</edit>\n<done/>', "the edit holds no <<<<<<< SEARCH"),
        (f"{block('return', 'x')}<done/>", "line 2: exactly one"),
        (f"{block('', 'x: 1' + chr(10))}<done/>", "names no line of the file"),
        (f"{block('missing()' + chr(10), 'x' + chr(10))}<done/>", "no place of the file holds"),
        (f"{block('a' + chr(10), 'b' + chr(10), 'none.py')}<done/>", "none.py: there is no such"),
        (f"{EDIT}{EDIT}<done/>", "two edits touch line 3"),
        (f'{EDIT}<file path="app.py">\nx\n</file>\n<done/>', "app.py: it is there already"),
        (f"{block('a: 1' + chr(10), 'a: 1' + chr(10), 'tools.yaml')}<done/>", "nothing would"),
        (EDIT * 201 + "<done/>", "201 blocks; 200 are read"),
        ("x" * 1_000_001, "1000000 are read"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused_with_the_reason(answer: str, words: str) -> None:
    with pytest.raises(CannotEdit) as caught:
        extracted(answer, FILES.get)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        '<file path="a.md">\nfirst\n</file>\nsecond\n</file>\n<done/>',
        f"{EDIT}</edit>\n<done/>",
        f"</file>\n{EDIT}<done/>",
    ],
)
def test_a_text_that_closes_its_own_block_is_never_taken_as_half_of_it(answer: str) -> None:
    with pytest.raises(CannotEdit, match="closes no block"):
        extracted(answer, FILES.get)


def test_to_write_nothing_and_to_change_nothing_are_told_apart() -> None:
    with pytest.raises(NoEdits):
        extracted("It cannot be done in these files.\n<done/>", FILES.get)
    with pytest.raises(NothingChanges) as caught:
        extracted(f"{block('a: 1' + chr(10), 'a: 1' + chr(10), 'tools.yaml')}<done/>", FILES.get)
    assert not isinstance(caught.value, NoEdits)


def test_a_line_that_is_there_twice_is_not_guessed() -> None:
    files = {"a.py": "x = 1\ny = 2\nx = 1\n"}
    with pytest.raises(CannotEdit, match="fits in 2 places"):
        extracted(f"{block('x = 1' + chr(10), 'x = 3' + chr(10), 'a.py')}<done/>", files.get)
