"""How is a webhook of any kind told, so that it can tell us from whoever knows its address?"""

import json
import time

from ports.notifier import Letter
from ports.notifier.posting import SECONDS, allowed, post, refused
from ports.signed import Secrets, headers


class Webhook:
    """Post one signed JSON object: the words as `text`, and the same for programs."""

    def __init__(self, address: str, secrets: Secrets, *, seconds: float = SECONDS) -> None:
        if not secrets:
            raise ValueError("a webhook is told nothing without a secret to sign with")
        self._address = allowed(address)
        self._secrets = secrets
        self._seconds = seconds

    def send(self, letter: Letter) -> None:
        """Post it; whatever is no 2xx has not taken it."""
        said = {**letter.fields, "id": letter.uid, "title": letter.title, "text": letter.text}
        body = json.dumps(said).encode()
        sent = {
            "Content-Type": "application/json",
            "User-Agent": "selfimprove",
            # The id of a message stays the same when it is sent again; the moment does not.
            **headers(self._secrets, letter.uid, int(time.time()), body),
        }
        answer = post(self._address, body, sent, seconds=self._seconds)
        if not 200 <= answer.status < 300:
            raise refused(answer)
