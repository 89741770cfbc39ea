"""Which words of a text would GitHub act on, and how are they shown without that?

`@name` rings at strangers, `#7` and an address of an issue put a line under it, and before them
`fixes` closes it with the merge. A sign without width in the middle leaves them as they look.
"""

import re
from collections.abc import Iterator

APART = "\u200b"
# GitHub looks at the text as it is rendered, so what markup or an entity stands for counts too.
_AT = re.compile(r"(@|&#0*64;|&#[xX]0*40;|&commat;)(?=[A-Za-z0-9])")
_NUMBER = re.compile(r"(#|&#0*35;|&#[xX]0*23;|&num;|\b[Gg][Hh]-)(?=\d)")
_ADDRESS = re.compile(r"(/(?:issues|pull|pulls|discussions|commit)/)(?=[0-9a-fA-F])")
_FENCE = re.compile(r"(`{3,}|~{3,})(.*)")
_ACTS = (_AT, _NUMBER, _ADDRESS)


def harmless(text: str) -> str:
    """Return a markdown text at which nobody is called and nothing is closed."""
    return "\n".join(_lines(text.split("\n")))


def _lines(lines: list[str]) -> Iterator[str]:
    """Leave blocks of code as they are: nothing in them acts, and people copy from them.

    Only a fence at the very start of a line is taken for one, and none after a line that begins
    HTML: what might be text to GitHub must not be code to us.
    """
    fence, html = "", False
    for line in lines:
        opened = _FENCE.fullmatch(line.rstrip("\r"))
        if fence:
            yield line
            if opened and opened[1].startswith(fence) and not opened[2].strip():
                fence = ""
            continue
        html = html or line.lstrip().startswith("<")
        is_fence = opened and not html and not (opened[1][0] == "`" and "`" in opened[2])
        if opened and is_fence:
            fence = opened[1]
        yield _apart(line)


def _apart(line: str) -> str:
    for acts in _ACTS:
        line = acts.sub(lambda found: found[1] + APART, line)
    return line
