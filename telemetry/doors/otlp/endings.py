"""With which code did a command end, where its agent calls the call itself a success?

The coding agents say that their shell worked, also when what ran in it failed. Of the result that
comes with it only the code is read: it stands ahead of what the command wrote.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

_CODEX = re.compile(r"^Process exited with code (\d{1,3})$", re.MULTILINE)
_LONGEST_HEAD = 400  # signs ahead of a command's own words


class _Gemini(msgspec.Struct, rename="camel"):
    """Hold what Gemini CLI says of a command in a tool call's metadata."""

    exit_code: int = 0
    is_error: bool = False


_gemini = msgspec.json.Decoder(_Gemini)


def exit_code(everything: Sequence[tuple[str, Any]]) -> int:
    """Return the code of a command that failed; 0 when none did, or none is told."""
    for name, value in everything:
        if isinstance(value, str) and (read := _READERS.get(name)) and (code := read(value)):
            return code
    return 0


def _of_codex(output: str) -> int:
    head, found, _ = output[:_LONGEST_HEAD].partition("\nOutput:")
    match = _CODEX.search(head) if found else None
    return int(match[1]) if match else 0


def _of_gemini(metadata: str) -> int:
    try:
        told = _gemini.decode(metadata)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return 0
    return told.exit_code if told.is_error and 0 < told.exit_code < 256 else 0


_READERS = {"output": _of_codex, "metadata": _of_gemini}
