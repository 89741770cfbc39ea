"""How is a webhook of any kind told?"""

import json

from ports.notifier import Letter
from ports.notifier.posting import SECONDS, allowed, post, refused


class Webhook:
    """Post one JSON object: the words as `text`, and the same for programs."""

    def __init__(self, address: str, *, seconds: float = SECONDS) -> None:
        self._address = allowed(address)
        self._seconds = seconds

    def send(self, letter: Letter) -> None:
        """Post it; whatever is no 2xx has not taken it."""
        said = {**letter.fields, "id": letter.uid, "title": letter.title, "text": letter.text}
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "selfimprove",
            "X-Selfimprove-Message": letter.uid,
        }
        answer = post(self._address, json.dumps(said).encode(), headers, seconds=self._seconds)
        if not 200 <= answer.status < 300:
            raise refused(answer)
