"""What does a command of the target's own say, and with which exit code does it end?"""

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

MOST = 2_000_000  # bytes of a report
SHOWN = 20_000  # bytes of what it says beside


def report(place: str, *command: str) -> dict[str, Any]:
    """Run the command; return its exit code, its words, and the report that it left."""
    said, beside = Path.home() / "said", Path.home() / "beside"
    try:
        with said.open("wb") as output, beside.open("wb") as errors:
            ran = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, check=False
            )
    except OSError as error:
        return {"missing": f"{command[0]}: {error.strerror}"}
    text, trouble = _read(Path(place) if place else said)
    return {
        "code": ran.returncode,
        "report": text,
        "trouble": trouble,
        "said": _end(said),
        "beside": _end(beside),
    }


def _read(place: Path) -> tuple[str, str]:
    """Return a report's text, or why there is none; no link is followed."""
    try:
        number = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return "", f"there is no report {place.name}: {error.strerror}"
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        return "", f"{place.name} is no plain file"
    with os.fdopen(number, "rb") as file:
        content = file.read(MOST + 1)
    if len(content) > MOST:
        return "", f"the report has more than {MOST} bytes"
    try:
        return content.decode(), ""
    except UnicodeDecodeError as error:
        return "", f"the report is no UTF-8 text (byte {error.start})"


def _end(place: Path) -> str:
    with place.open("rb") as file:
        file.seek(max(0, place.stat().st_size - SHOWN))
        return file.read().decode("utf-8", "replace")
