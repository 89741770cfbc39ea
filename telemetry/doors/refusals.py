"""Why was a whole request turned away, and what should its sender do?"""

from collections.abc import Mapping
from types import MappingProxyType


class Refusal(Exception):
    """A request is not taken: the status, a sentence without anything of the request's secrets."""

    def __init__(
        self, status: int, words: str, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Keep what the answer says."""
        super().__init__(words)
        self.status, self.words, self.headers = status, words, headers
