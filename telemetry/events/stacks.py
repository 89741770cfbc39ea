"""In which of the system's own functions was an error raised?"""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

MOST_FRAMES = 3
_CHAINED = "Traceback (most recent call last):"
_PYTHON = re.compile(
    r'^[\s|]*File "(?P<path>[^"\n]{1,1000})", line \d+, in (?P<function>\S{1,300})'
)
_JAVASCRIPT = re.compile(
    r"^\s*at (?:async )?(?:(?:new )?(?P<function>[^\s()]{1,200})(?: \[as [^\]\n]{1,200}\])? )?"
    r"\(?(?:file://)?(?P<path>[^\s()]{1,1000}?\.[cm]?[jt]sx?):\d+:\d+\)?$"
)
_JAVA = re.compile(
    r"^\s*at (?:[\w.]{1,100}(?:@[\w.\-]{1,40})?/)?(?P<module>[\w.$]{1,300})"
    r"\.(?P<function>[\w$<>]{1,300})\([^()\n]{0,200}\)$"
)
_LIBRARY = re.compile(
    r"(?:^|[/\\])(?:site-packages|dist-packages|node_modules|lib/python\d[.\d]*)[/\\]"
    r"|^<|^node:|^internal/"
)
_LIBRARY_MODULES = ("java.", "javax.", "jdk.", "sun.", "kotlin.", "scala.", "akka.", "reactor.",
                    "org.springframework.", "io.netty.")  # fmt: skip


def frames_of(stack: str) -> tuple[str, ...]:
    """Return `module:function` of the top frames that are no library's, the innermost first.

    Lines and values are left out: a frame names the same place after the file was edited.
    Empty where the stack is none that Python, JavaScript or Java would print.
    """
    return top(_frames(stack))


def top(frames: Iterable[str]) -> tuple[str, ...]:
    """Return the first frames without repeats, which recursion makes."""
    return tuple(dict.fromkeys(frames))[:MOST_FRAMES]


def _frames(stack: str) -> Iterator[str]:
    # The last traceback of a chain is that of the error which came out.
    lines = stack.rpartition(_CHAINED)[2].splitlines()
    if found := [match for line in lines if (match := _PYTHON.match(line))]:
        for match in reversed(found):
            yield from _in_file(match["path"], match["function"])
        return
    for line in lines:
        if line.startswith("Caused by:"):
            return
        if match := _JAVASCRIPT.match(line):
            yield from _in_file(match["path"], match["function"] or "")
        elif (match := _JAVA.match(line)) and not match["module"].startswith(_LIBRARY_MODULES):
            yield f"{match['module']}:{match['function']}"


def _in_file(path: str, function: str) -> Iterator[str]:
    """Name a file by itself and its folder: where it is installed differs from host to host."""
    if not _LIBRARY.search(path):
        parts = PurePosixPath(path.replace("\\", "/").split(":", 1)[-1]).parts[-2:]
        *folder, name = (part for part in parts if part != "/")
        yield f"{'.'.join([*folder, name.split('.')[0]])}:{function}"
