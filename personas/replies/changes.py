"""Which edits does an answer hold that writes them as one object instead of blocks?

    {"changes": [{"file": "a.py", "content": "the whole text"},
                 {"file": "b.py", "edits": [{"search": "old lines", "replace": "new lines"}]}]}

Nobody is asked for this form any more, since code inside of JSON comes out worse; who answers in
it all the same is understood.
"""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from personas.edits import Block, CannotEdit, Edited, NoEdits, placed
from personas.edits import Read as ReadFile
from personas.edits.blocks import hunk
from personas.replies.contracts import Path
from personas.replies.objects import NoAnswer, extract

MOST = 200
Text = Annotated[str, StringConstraints(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Pair(_Strict):
    search: Text
    replace: str


class _File(_Strict):
    file: Path
    content: str | None = None
    edits: list[_Pair] | None = Field(default=None, min_length=1, max_length=MOST)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.content is None) == (self.edits is None):
            raise ValueError("give either content or edits")
        return self

    def block(self) -> Block:
        """Return it as the blocks of an answer are read."""
        if self.content is not None:
            return Block(self.file, whole=self.content)
        pairs = self.edits or ()
        return Block(
            self.file, tuple(hunk(_lines(one.search), _lines(one.replace)) for one in pairs)
        )


class _Changes(_Strict):
    changes: list[_File] = Field(max_length=MOST)


def edited(answer: str, read: ReadFile) -> Edited:
    """Return the diff that an answer's object makes; raises CannotEdit, NoAnswer without one."""
    found = extract(answer, accept=_is_meant)
    if not _is_meant(found):
        raise NoAnswer("the object in the answer has no list of changes", answer)
    try:
        changes = _Changes.model_validate(found).changes
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CannotEdit(f"{where}: {first['msg']}") from error
    if not changes:
        raise NoEdits("the list of changes is empty")
    return placed([one.block() for one in changes], read)


def _is_meant(found: object) -> bool:
    return isinstance(found, dict) and isinstance(found.get("changes"), list)


def _lines(text: str) -> Sequence[str]:
    return text.removesuffix("\n").split("\n") if text else ()
