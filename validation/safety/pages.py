"""What do pages, prose and statements to a database do beyond being read?"""

import html
import re
from collections.abc import Iterator

from validation.safety import Seen

_ACTS = "whoever opens it runs it, with their own rights"
_SCRIPT = re.compile(
    r"<\s*(?:script|iframe|object|embed|base|form|meta\s+http-equiv)\b"
    r"|\|\s*safe\b|autoescape\s+(?:off|false)|dangerouslySetInnerHTML|v-html"
    r"|<[a-z][^<>]*\son[a-z]+\s*=|(?:javascript|vbscript)\s*:|data\s*:\s*text/html",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_SENTENCE = 40  # characters: a comment so long may speak to a program that reads the page
_DATABASE = (
    (
        "erases",
        re.compile(
            r"\b(?:drop\s+(?:table|schema|database|owned|column|view|index|role)"
            r"|truncate\b|delete\s+from\s+[\w.\"]+\s*(?:;|$)"
            r"|update\s+[\w.\"]+\s+set\b(?!.*\bwhere\b))"
        ),
        "what is removed is gone",
    ),
    (
        "rights",
        re.compile(
            r"\b(?:grant|revoke)\b.+\b(?:to|from)\b|\b(?:alter|create)\s+(?:role|user)\b"
            r"|\bsecurity\s+definer\b|\bdisable\s+(?:row\s+level\s+security|trigger)\b"
        ),
        "changes who may do what with the data",
    ),
    (
        "process",
        re.compile(
            r"\bcopy\b.+\bprogram\b|\blanguage\s+'?pl(?:python\d*|perl)u?\b|\bload\s+'"
            r"|\bcreate\s+extension\b|\b(?:lo_import|lo_export|pg_read_file|xp_cmdshell)\b"
            r"|\bload_file\s*\(|\binto\s+(?:outfile|dumpfile)\b"
        ),
        "the database itself runs or reads what no check has read",
    ),
)


def marked(text: str) -> Iterator[Seen]:
    """Read Markdown, HTML or SVG: what acts in it, and comments that only programs see."""
    for number, line in _outside_fences(text):
        for found in _SCRIPT.finditer(html.unescape(line)):
            name = f"{found[0]} {line.strip()[:200]}"
            what = f"holds {found[0].strip()[:40]}"
            yield Seen("script", name, number, what, _ACTS, refuses=False)
    for comment in _COMMENT.finditer(text):
        words = " ".join(comment[1].split())
        if len(words) >= _SENTENCE:
            number = text.count("\n", 0, comment.start()) + 1
            why = "people do not see it, and programs that read the page do"
            yield Seen("unseen", words, number, "holds a comment", why, refuses=False)


def _outside_fences(text: str) -> Iterator[tuple[int, str]]:
    """Return the lines that are not shown as code."""
    closing = ""
    for number, line in enumerate(text.split("\n"), start=1):
        fence = _FENCE.match(line)
        if fence and not closing:
            closing = fence[1]
        elif fence and fence[1].startswith(closing) and line.strip() == fence[1]:
            closing = ""
        elif not closing:
            yield number, re.sub(r"`[^`\n]*`", "", line)


def statements(text: str) -> Iterator[Seen]:
    """Read SQL, statement by statement."""
    at = 0
    for statement in text.split(";"):
        plain = " ".join(re.sub(r"--[^\n]*|/\*.*?\*/", " ", statement, flags=re.DOTALL).split())
        number = text.count("\n", 0, at + len(statement) - len(statement.lstrip())) + 1
        at += len(statement) + 1
        for rule, pattern, why in _DATABASE:
            if found := pattern.search(plain.casefold()):
                what = f"says {found[0][:60].upper()}"
                yield Seen(rule, plain[:300], number, what, why, refuses=False)
