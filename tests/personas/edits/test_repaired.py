"""Does a diff with wrong numbers, ends or blanks become the change that it means?"""

import re

import pytest

from personas.edits import CannotEdit, Unclear, repaired
from tests.personas.edits.applying import after

TOOLS = """\
tools:
  search:
    timeout_ms: 400
    retries: 0
  fetch:
    timeout_ms: 900
    retries: 0
"""
APP = """\
import time


class Gateway:
    def call(self, name):
        if name:
            return self.tools[name]
        return None

    def stop(self):
        time.sleep(1)
"""
FILES = {"tools.yaml": TOOLS, "app.py": APP}
RAISED = TOOLS.replace("timeout_ms: 400", "timeout_ms: 900")
HEAD = "--- a/tools.yaml\n+++ b/tools.yaml\n"
HUNK = "   search:\n-    timeout_ms: 400\n+    timeout_ms: 900\n     retries: 0\n"


def changed(diff: str, path: str = "tools.yaml", files: dict[str, str] = FILES) -> str:
    """Return what git makes of the file by the repaired diff; all others stay."""
    result = after(files, repaired(diff, files.get).diff)
    assert {**result, path: ""} == {**files, path: ""}
    return result[path]


def overlooked(diff: str, files: dict[str, str] = FILES) -> tuple[str, ...]:
    return repaired(diff, files.get).repairs


def refused(diff: str, files: dict[str, str] = FILES) -> str:
    with pytest.raises(CannotEdit) as caught:
        repaired(diff, files.get)
    return str(caught.value)


@pytest.mark.parametrize(
    "diff",
    [
        pytest.param(f"{HEAD}@@ -2,3 +2,3 @@\n{HUNK}", id="nothing wrong"),
        pytest.param(f"{HEAD}@@ -70,3 +99,3 @@\n{HUNK}", id="numbers"),
        pytest.param(f"{HEAD}@@ -2,9 +2,1 @@\n{HUNK}", id="counts"),
        pytest.param(f"{HEAD}@@ -2 +2 @@ tools:\n{HUNK}", id="no counts"),
        pytest.param(f"{HEAD}@@\n{HUNK}", id="no numbers"),
        pytest.param(f"{HEAD}@@ … @@\n{HUNK}", id="no numbers but dots"),
        pytest.param(f"{HEAD}@@ -2,3 +2,3 @@\n{HUNK}".replace("\n", "\r\n"), id="CRLF"),
        pytest.param(f"{HEAD}@@ -2,3 +2,3 @@\n{HUNK}".rstrip("\n"), id="no last newline"),
        pytest.param(f"{HEAD}@@ -2,3 +2,3 @@\n{HUNK}\n\n", id="blank lines behind"),
        pytest.param(f"```diff\n{HEAD}@@ -2,3 +2,3 @@\n{HUNK}```\n", id="fence"),
        pytest.param(f"Here it is:\n\n{HEAD}@@\n{HUNK}\nHope it helps.\n", id="prose"),
        pytest.param(f"--- tools.yaml\n+++ tools.yaml\n@@\n{HUNK}", id="no a and b"),
        pytest.param(f"--- a/tools.yaml\t2026-01-01\n+++ b/tools.yaml\t\n@@\n{HUNK}", id="times"),
        pytest.param(f'--- "a/tools.yaml"\n+++ "b/tools.yam\\154"\n@@\n{HUNK}', id="quotes"),
        pytest.param(f"{HEAD}@@\n{HUNK}\\ No newline at end of file\n", id="an end that is none"),
        pytest.param(
            f"diff --git a/tools.yaml b/tools.yaml\nindex 123..456 100644\n{HEAD}@@\n{HUNK}",
            id="headers of git",
        ),
    ],
)
def test_what_is_wrong_around_the_lines_does_not_matter(diff: str) -> None:
    assert changed(diff) == RAISED
    assert overlooked(diff) == ()


@pytest.mark.parametrize(
    ("hunk", "words"),
    [
        pytest.param(
            "   search:  \n-    timeout_ms: 400 \n+    timeout_ms: 900\n     retries: 0\n",
            "blanks at the ends of lines",
            id="blanks behind",
        ),
        pytest.param(
            " search:\n-  timeout_ms: 400\n+  timeout_ms: 900\n   retries: 0\n",
            "indentation",
            id="moved to the left",
        ),
        pytest.param(
            "     search:\n-      timeout_ms: 400\n+      timeout_ms: 900\n       retries: 0\n",
            "indentation",
            id="moved to the right",
        ),
        pytest.param(
            " # the tools\n   search:\n-    timeout_ms: 400\n+    timeout_ms: 900\n"
            "     retries: 0\n",
            "lines of context at its edge",
            id="a line above that is not there",
        ),
        pytest.param(
            " tools:\n   search:\n-    timeout_ms: 400\n+    timeout_ms: 900\n     retries: 1\n"
            "   fetch:\n     timeout_ms: 900\n     retries: 0\n",
            "a line of context that differs",
            id="another word in the middle",
        ),
        pytest.param(
            "search:\n-    timeout_ms: 400\n+    timeout_ms: 900\n     retries: 0\n",
            "indentation",
            id="context without its sign",
        ),
    ],
)
def test_what_is_wrong_in_the_lines_is_overlooked_and_told(hunk: str, words: str) -> None:
    diff = f"{HEAD}@@\n{hunk}"
    assert changed(diff) == RAISED
    assert overlooked(diff) == (f"tools.yaml: {words}",)


def test_new_lines_are_indented_like_those_around_them() -> None:
    diff = (
        "--- a/app.py\n+++ b/app.py\n@@\n if name:\n-    return self.tools[name]\n"
        "+    with self.lock:\n+        return self.tools[name]\n return None\n"
    )
    assert changed(diff, "app.py") == APP.replace(
        "            return self.tools[name]\n",
        "            with self.lock:\n                return self.tools[name]\n",
    )


def test_tabs_become_the_blanks_of_the_file() -> None:
    diff = (
        "--- a/app.py\n+++ b/app.py\n@@\n \tdef stop(self):\n-\t\ttime.sleep(1)\n"
        "+\t\tif self.slow:\n+\t\t\ttime.sleep(1)\n"
    )
    assert changed(diff, "app.py") == APP.replace(
        "        time.sleep(1)\n", "        if self.slow:\n            time.sleep(1)\n"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_new_lines_end_as_the_file_does(end: str) -> None:
    files = {"tools.yaml": TOOLS.replace("\n", end)}
    assert changed(f"{HEAD}@@\n{HUNK}", files=files) == RAISED.replace("\n", end)


def test_a_file_of_two_kinds_of_ends_keeps_each_of_them() -> None:
    files = {"tools.yaml": "a\r\nb\nc\r\nd\n"}
    diff = f"{HEAD}@@\n a\n-b\n+B\n c\n@@\n c\n+C\n d\n"
    assert changed(diff, files=files) == "a\r\nB\nc\r\nC\r\nd\n"


def test_a_last_line_without_an_end_stays_without() -> None:
    files = {"tools.yaml": TOOLS.rstrip("\n")}
    assert changed(f"{HEAD}@@\n{HUNK}", files=files) == RAISED.rstrip("\n")
    diff = f"{HEAD}@@\n   fetch:\n     timeout_ms: 900\n     retries: 0\n+    more: 1\n"
    assert changed(diff, files=files) == f"{TOOLS}    more: 1"


@pytest.mark.parametrize(
    ("before", "hunk", "result"),
    [
        ("a\nb\n", " a\n-b\n+b\n\\ No newline at end of file\n", "a\nb"),
        ("a\nb", " a\n-b\n\\ No newline at end of file\n+b\n", "a\nb\n"),
        (
            "a\nb",
            " a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n",
            "a\nc",
        ),
        ("a\nb", " a\n-b\n+c\n", "a\nc"),
        ("a\nb\n", " a\n-b\n\\ No newline at end of file\n+c\n", "a\nc\n"),
        ("a\nb\nz\n", " a\n-b\n+c\n\\ No newline at end of file\n", "a\nc\nz\n"),
    ],
)
def test_what_is_said_of_the_files_end_counts_where_it_is_true(
    before: str, hunk: str, result: str
) -> None:
    assert changed(f"{HEAD}@@\n{hunk}", files={"tools.yaml": before}) == result


def test_several_hunks_and_files_are_placed_each_by_itself() -> None:
    diff = (
        "--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-import time\n+import asyncio\n"
        f"@@ -90 +90 @@\n-        time.sleep(1)\n+        asyncio.sleep(1)\n{HEAD}@@\n{HUNK}"
    )
    result = after(FILES, repaired(diff, FILES.get).diff)
    assert result["app.py"] == APP.replace("time", "asyncio")
    assert result["tools.yaml"] == RAISED


def test_a_file_is_made_and_another_removed() -> None:
    diff = (
        "--- /dev/null\n+++ b/new/größe.md\n@@\n+# Size\n+\n+text\n"
        "--- a/tools.yaml\n+++ /dev/null\n@@\n"
        + "".join(f"-{line}\n" for line in TOOLS.split("\n"))
    ).removesuffix("-\n")
    assert after(FILES, repaired(diff, FILES.get).diff) == {
        "app.py": APP,
        "new/größe.md": "# Size\n\ntext\n",
    }


def test_removed_lines_that_look_like_headers_are_no_headers() -> None:
    files = {"q.sql": "-- old\nselect 1;\n"}
    diff = "--- a/q.sql\n+++ b/q.sql\n@@\n--- old\n+++ new\n select 1;\n"
    assert changed(diff, "q.sql", files) == "++ new\nselect 1;\n"


def test_numbers_decide_between_places_that_are_the_same() -> None:
    hunk = "-    retries: 0\n+    retries: 3\n"
    assert "fits in 2 places (lines 4, 7" in refused(f"{HEAD}@@\n{hunk}")
    assert "fits in 2 places" in refused(f"{HEAD}@@ -5 +5 @@\n{hunk}")
    expected = TOOLS.removesuffix("retries: 0\n") + "retries: 3\n"
    assert changed(f"{HEAD}@@ -7 +7 @@\n{hunk}") == expected


def test_what_has_two_readings_is_told_apart_from_what_only_git_reads() -> None:
    with pytest.raises(Unclear):
        repaired(f"{HEAD}@@\n-    retries: 0\n+    retries: 3\n", FILES.get)
    with pytest.raises(CannotEdit) as caught:
        repaired("diff --git a/app.py b/app.py\nold mode 100644\nnew mode 100755\n", FILES.get)
    assert not isinstance(caught.value, Unclear)


@pytest.mark.parametrize(
    ("diff", "words"),
    [
        (f"{HEAD}@@\n-    timeout_ms: 401\n+    timeout_ms: 900\n", "no place of the file holds"),
        (f"{HEAD}@@\n   search:\n-    timeout: 400\n+    x: 1\n     retries: 0\n", "“search:”"),
        (f"{HEAD}@@\n+    more: 1\n", "names no line of the file"),
        (f"{HEAD}@@\n \n+    more: 1\n \n", "names no line of the file"),
        (f"{HEAD}@@\n{HUNK}@@\n{HUNK}", "two edits touch line 3"),
        (f"{HEAD}@@\n   search:\n     timeout_ms: 400\n", "nothing would change"),
        ("--- a/none.py\n+++ b/none.py\n@@\n-a\n+b\n", "none.py: there is no such file"),
        ("--- /dev/null\n+++ b/app.py\n@@\n+a\n", "app.py: it is there already"),
        ("--- /dev/null\n+++ b/new.py\n@@\n a\n+b\n", "cannot have lines that were there"),
        ("--- a/app.py\n+++ /dev/null\n@@\n-import time\n", "holds other lines than the diff"),
        ("--- a/app.py\n+++ b/web.py\n@@\n-import time\n+import os\n", "renamed to web.py"),
        ("--- /dev/null\n+++ /dev/null\n@@\n-a\n+b\n", "neither side names a file"),
        ("diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@\n+y\n", "line 2"),
        ("diff --git a/x b/x\nrename from x\nrename to y\n", "line 2 says more than lines"),
        (
            f"diff --git a/e b/e\nnew file mode 100644\n{HEAD}@@\n{HUNK}diff --git a/f b/f\n",
            "no lines",
        ),
        ('--- "a/\\377"\n+++ "b/\\377"\n@@\n-a\n+b\n', "not UTF-8"),
        ("", "no pair of lines"),
        ("I would raise the timeout.", "no pair of lines"),
        (HEAD + "@@\n-a\n+b\n" * 501, "more than 500 hunks"),
    ],
)
def test_what_cannot_be_placed_is_refused_with_the_reason(diff: str, words: str) -> None:
    assert words in refused(diff)


def test_a_removed_line_is_never_taken_for_another() -> None:
    """However much context is overlooked, what goes must be there as it is said."""
    wrong = HUNK.replace("400", "500")
    for number in range(len(TOOLS.split("\n"))):
        assert "no place" in refused(f"{HEAD}@@ -{number},3 +{number},3 @@\n{wrong}")


def test_all_of_a_diff_is_made_or_nothing() -> None:
    diff = f"{HEAD}@@\n{HUNK}--- a/app.py\n+++ b/app.py\n@@\n-import os\n+import sys\n"
    assert re.match(r"app\.py: no place", refused(diff))
