"""How is an incoming webhook of Slack told, or of what understands the same?"""

import json

from ports.notifier import Letter
from ports.notifier.posting import SECONDS, allowed, post, refused

LONGEST = 38_000  # characters; Slack cuts at 40 000


class Slack:
    """Post `{"text": …}`; anything but a 200 has not taken it."""

    def __init__(self, address: str, *, seconds: float = SECONDS) -> None:
        self._address = allowed(address)
        self._seconds = seconds

    def send(self, letter: Letter) -> None:
        """Post the words, in which nothing can address a channel or hide a link."""
        title, text = escaped(letter.title), escaped(letter.text)[:LONGEST]
        body = json.dumps({"text": f"*{title}*\n{text}", "unfurl_links": False}).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "selfimprove"}
        answer = post(self._address, body, headers, seconds=self._seconds)
        if answer.status != 200:
            raise refused(answer)


def escaped(text: str) -> str:
    """Write the three signs that Slack reads as controls as it wants them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
