"""How are the many other places told, for which a library knows the way?

The library runs in a process of its own: it is loaded when somebody is told and not before, and
what hangs in it is ended with it.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from ports.notifier import Letter, NotSent

SECONDS = 40.0
PROGRAM = "ports.notifier.apprise_once"
HOUSE = Path(__file__).resolve().parent.parent.parent


class Apprise:
    """Tell a place by an address of Apprise, such as ntfys:// or discord://."""

    def __init__(self, address: str, *, seconds: float = SECONDS) -> None:
        self._address = address
        self._seconds = seconds

    def check(self) -> None:
        """Raise ValueError unless the library knows the way, and it is in cipher."""
        try:
            answer = self._ask({"act": "check"})
        except NotSent as trouble:
            raise ValueError(f"the library cannot be asked: {trouble.reason}") from trouble
        if refusal := answer.get("refused"):
            raise ValueError(str(refusal))

    def send(self, letter: Letter) -> None:
        """Have the library send it."""
        answer = self._ask({"act": "send", "title": letter.title, "text": letter.text})
        if reason := answer.get("refused") or answer.get("failed"):
            raise NotSent(str(reason))

    def _ask(self, asked: dict[str, str]) -> dict[str, Any]:
        # By standard input: whoever lists the processes of this machine sees no address.
        given = json.dumps({**asked, "address": self._address})
        command = [sys.executable, "-m", PROGRAM]
        try:
            done = subprocess.run(
                command,
                input=given,
                capture_output=True,
                text=True,
                timeout=self._seconds,
                cwd=HOUSE,
            )
            answer = json.loads(done.stdout)
        except subprocess.TimeoutExpired as error:
            words = f"it did not end within {self._seconds:g} seconds"
            raise NotSent(words, unsure=asked["act"] == "send") from error
        except (OSError, ValueError) as error:
            unsure = asked["act"] == "send"
            raise NotSent("the program that runs the library broke off", unsure=unsure) from error
        return dict(answer)
