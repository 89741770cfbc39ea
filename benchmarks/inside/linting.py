"""What does ruff find, and in which function?"""

import json
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.inside import outline


def report(binary: str, configuration: str) -> dict[str, Any]:
    """Return ruff's findings by its own JSON, or why there is none."""
    if not outline.pythons():
        return {"findings": [], "files": 0}
    # What the tree says of ruff, in settings or in comments, has no word here.
    options = ("--no-cache", "--ignore-noqa", "--no-respect-gitignore", "--exit-zero", "--quiet")
    command = [binary, "check", "--config", configuration, *options, "--output-format=json", "."]
    ran = subprocess.run(command, capture_output=True, check=False)
    if ran.returncode:
        return {"trouble": ran.stderr.decode("utf-8", "replace")[-2000:]}
    try:
        told = json.loads(ran.stdout)
    except ValueError:
        return {"trouble": "what ruff said is no JSON"}
    known: dict[str, outline.Source] = {}
    findings = [_found(one, known) for one in told]
    return {"findings": findings, "files": len(outline.pythons())}


def _found(one: dict[str, Any], known: dict[str, outline.Source]) -> dict[str, Any]:
    path = one["filename"].removeprefix(f"{Path.cwd()}/")
    source = known.get(path) or known.setdefault(path, outline.read(path))
    line = one["location"]["row"]
    return outline.found(one["code"] or "syntax", source, line, one["message"])
