"""How does a diff over numbered lines look that changes some of them?"""

from collections.abc import Iterable

LINES = 60
CONTEXT = 3


def replacing(*numbers: int, path: str = "a.txt", blob: str = "1" * 40, by: str = "new") -> str:
    """Replace lines of a text whose line n says `line n`, as git would write it."""
    hunks = "".join(_hunk(group, by) for group in _hunks(sorted(numbers)))
    return (
        f"diff --git a/{path} b/{path}\nindex {blob}..{'2' * 40} 100644\n"
        f"--- a/{path}\n+++ b/{path}\n{hunks}"
    )


def inserting(after: int, *, path: str = "a.txt", blob: str = "1" * 40) -> str:
    """Put a line in below another one, without any context."""
    return (
        f"diff --git a/{path} b/{path}\nindex {blob}..{'2' * 40} 100644\n"
        f"--- a/{path}\n+++ b/{path}\n@@ -{after},0 +{after + 1} @@\n+put in\n"
    )


def adding(path: str) -> str:
    """Write a file that was not there."""
    return (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\nindex {'0' * 40}..{'3' * 40}\n"
        f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+new\n"
    )


def _hunks(numbers: list[int]) -> Iterable[list[int]]:
    group: list[int] = []
    for number in numbers:
        if group and number - group[-1] > 2 * CONTEXT:
            yield group
            group = []
        group.append(number)
    yield group


def _hunk(numbers: list[int], by: str) -> str:
    first, last = max(1, numbers[0] - CONTEXT), min(LINES, numbers[-1] + CONTEXT)
    body = ""
    for number in range(first, last + 1):
        if number in numbers:
            body += f"-line {number}\n+{by} {number}\n"
        else:
            body += f" line {number}\n"
    count = last - first + 1
    return f"@@ -{first},{count} +{first},{count} @@\n{body}"
