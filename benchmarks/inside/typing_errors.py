"""What does mypy find, and in which function?"""

import io
import json
import re
import subprocess
import sys
import tokenize
from pathlib import Path
from typing import Any

from benchmarks.inside import outline

CLEAN, ERRORS = 0, 1  # mypy's exit codes; 2 says that it could not go through with it
_SILENCING = re.compile(r"#\s*(type:\s*ignore|mypy:).*", re.DOTALL)


def report(configuration: str, *options: str) -> dict[str, Any]:
    """Return mypy's errors by its own JSON, or why there is none."""
    paths = [path for path in outline.pythons() if _can_be_imported(path)]
    if not paths:
        return {"findings": [], "files": 0}
    for path in paths:
        _speak_up(Path(path))
    listing = Path.home() / "files"
    listing.write_text("\n".join(paths), encoding="utf-8")
    fixed = ("--no-incremental", "--cache-dir=/dev/null", "-O", "json")
    command = [*(sys.executable, "-I", "-m", "mypy", "--config-file", configuration), *fixed]
    ran = subprocess.run([*command, *options, f"@{listing}"], capture_output=True, check=False)
    told = _records(ran.stdout)
    if ran.returncode not in (CLEAN, ERRORS) or told is None:
        words = ran.stderr or ran.stdout
        return {"trouble": _first(told) or words.decode("utf-8", "replace")[-2000:]}
    return {"findings": _findings(told), "files": len(paths)}


def _findings(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known: dict[str, outline.Source] = {}
    findings = []
    for one in told:
        if one["severity"] == "error":
            path = one["file"]
            source = known.get(path) or known.setdefault(path, outline.read(path))
            findings.append(outline.found(one["code"] or "", source, one["line"], one["message"]))
    return findings


def _records(output: bytes) -> list[dict[str, Any]] | None:
    try:
        return [json.loads(line) for line in output.decode().splitlines() if line.strip()]
    except ValueError:
        return None


def _first(told: list[dict[str, Any]] | None) -> str:
    """Say where mypy gave up, if it said so."""
    return f"{told[0]['file']}:{told[0]['line']}: {told[0]['message']}" if told else ""


def _can_be_imported(path: str) -> bool:
    return all(part.isidentifier() for part in path.removesuffix(".py").split("/"))


def _speak_up(place: Path) -> None:
    """Take out of a copy the comments that would silence mypy; lines stay where they are."""
    text = place.read_bytes()
    if b"type:" not in text and b"mypy:" not in text:
        return
    try:
        tokens = list(tokenize.tokenize(io.BytesIO(text).readline))
        lines = text.decode("utf-8-sig").splitlines(keepends=True)
    except (tokenize.TokenError, SyntaxError, ValueError):
        return  # mypy will say that it cannot read it
    for token in tokens:
        if token.type == tokenize.COMMENT and _SILENCING.search(token.string):
            row, column = token.start
            kept = _SILENCING.sub("#", token.string)
            line = lines[row - 1]
            lines[row - 1] = line[:column] + kept + line[column + len(token.string) :]
    place.write_text("".join(lines), encoding="utf-8")
