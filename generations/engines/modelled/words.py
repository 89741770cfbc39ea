"""How do texts of many lines go into a question, and how does an agent's text come out of it?"""

import re
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel

from personas.addressed import without_unseen
from targets.models import Target
from telemetry import policies
from telemetry.sanitizer import sanitize

CHUNK = 50_000  # bytes that are sanitised at once: the sanitizer reads no more than a little above
SEAM = 4000  # characters before its end in which a chunk may end at an empty line
Shape = TypeVar("Shape", bound=BaseModel)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")  # lines and tabs stay


def lines_of(text: str, target: Target) -> str:
    """Return a text of lines without its secrets and without signs that cannot be seen."""
    return _CONTROLS.sub("", without_unseen(unsecret(text, target)))


def unsecret(text: str, target: Target) -> str:
    """Return a text of any length without its secrets."""
    policy = policies.policy(target)
    return "".join(sanitize(chunk, policy)[0] for chunk in _chunks(text))


def cleaned(value: Shape, *, but: tuple[str, ...] = ()) -> Shape:
    """Return what an agent said without what must not be stored; `but` names exact fields."""
    fields = value.model_dump()
    kept = {name: one if name in but else _cleaned(one) for name, one in fields.items()}
    return type(value).model_validate(kept)


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {_clean(name): _cleaned(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    return _clean(value) if isinstance(value, str) else value


def _clean(text: str) -> str:
    """Take out secrets; what replaces them is never longer than the text may be."""
    return sanitize(text.replace("\0", "\ufffd"))[0][: max(1, len(text))]


def _chunks(text: str) -> Iterator[str]:
    """Cut a long text, at an empty line where there is one: a key of many lines has none."""
    start = 0
    while start < len(text):
        end = start + len(text[start : start + CHUNK].encode()[:CHUNK].decode(errors="ignore"))
        if end < len(text):
            seam = text.rfind("\n\n", max(start + 1, end - SEAM), end)
            seam = seam if seam > 0 else text.rfind("\n", max(start + 1, end - SEAM), end)
            end = seam + 1 if seam > 0 else end
        yield text[start:end]
        start = end
