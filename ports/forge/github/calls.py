"""How is GitHub's REST API asked, with patience that has an end?"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ports.forge import Busy, PermanentError, TemporaryError
from ports.forge.github import limits
from ports.forge.github.credentials import Credential
from ports.forge.github.refusals import refusal
from ports.forge.github.wire import Answer, Wire

logger = logging.getLogger(__name__)

VERSION = "2022-11-28"
MOST_PAGES = 50
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,]*\brel="?next"?')


@dataclass(frozen=True)
class Patience:
    """Say for how long, and how often, one question is asked."""

    seconds: float = 45.0
    attempts: int = 4
    first_pause: float = 0.5
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time


class Api:
    """Asks one GitHub with one credential."""

    def __init__(
        self, root: str, credential: Credential, wire: Wire, patience: Patience | None = None
    ) -> None:
        self.root = root
        self.patience = patience or Patience()
        self._credential = credential
        self._wire = wire

    def get(self, path: str, doing: str, **query: object) -> Any:
        """Return what is there; asked again while the failure may pass."""
        return self._persevere(lambda: _content(self.ask("GET", self._url(path, query), doing)))

    def pages(self, path: str, doing: str, key: str = "", **query: object) -> Iterator[Any]:
        """Yield every item of a list, page after page."""
        url = self._url(path, {"per_page": 100, **query})
        for _ in range(MOST_PAGES):
            content, following = self._persevere(partial(self._page, url, doing))
            found = content.get(key) if key and isinstance(content, dict) else content
            if not isinstance(found, list):
                raise TemporaryError(f"GitHub gave no list when we wanted to {doing}")
            yield from found
            if not following:
                return
            url = self._same_place(following)
        raise PermanentError(f"GitHub has more than {MOST_PAGES} pages: we cannot {doing}")

    def send(self, method: str, path: str, doing: str, body: Mapping[str, object]) -> Any:
        """Change something, once: whoever asks looks first whether it happened already."""
        return _content(self.ask(method, self._url(path, {}), doing, body))

    def ask(
        self, method: str, url: str, doing: str, body: Mapping[str, object] | None = None
    ) -> Answer:
        """Return a successful answer; wait out a short limit, raise what else it is."""
        end = self.patience.clock() + self.patience.seconds
        answer = self._once(method, url, body)
        if answer.status == 401 and self._credential.renew():
            answer = self._once(method, url, body)
        while (seconds := limits.pause(answer, self.patience.now())) is not None:
            self._wait(seconds, end, doing)
            answer = self._once(method, url, body)
        if 200 <= answer.status < 300:
            return answer
        raise self._cleaned(refusal(answer, doing))

    def bearer(self) -> str:
        """Return the token of now, for those who ask GitHub by another way."""
        return self._credential.bearer(self._as_app, self.patience.now())

    def forget(self) -> bool:
        """Forget a token that was refused; return whether another one can be had."""
        return self._credential.renew()

    def _once(self, method: str, url: str, body: Mapping[str, object] | None) -> Answer:
        return self._sent(method, url, body, self.bearer())

    def _as_app(self, method: str, path: str, bearer: str) -> Any:
        """Ask as the App itself, for the token with which everything else is asked."""
        doing = "get a token for the App's installation"
        body: dict[str, object] | None = None if method == "GET" else {}
        answer = self._sent(method, self.root + path, body, bearer)
        if (seconds := limits.pause(answer, self.patience.now())) is not None:
            raise Busy(f"GitHub limits how often we may {doing}", seconds)
        if not 200 <= answer.status < 300:
            raise self._cleaned(refusal(answer, doing))
        return _content(answer)

    def _sent(
        self, method: str, url: str, body: Mapping[str, object] | None, bearer: str
    ) -> Answer:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {bearer}",
            "User-Agent": "selfimprove",
            "X-GitHub-Api-Version": VERSION,
        }
        if body is None:
            return self._wire.send(method, url, headers, None)
        headers["Content-Type"] = "application/json"
        return self._wire.send(method, url, headers, json.dumps(body).encode())

    def _wait(self, seconds: float, end: float, doing: str) -> None:
        words = f"GitHub limits how often it is asked: {seconds:.0f} s until we may {doing}"
        if self.patience.clock() + seconds > end:
            raise Busy(words, seconds)
        logger.warning("%s", words)
        self.patience.sleep(seconds)

    def _persevere(self, act: Callable[[], Any]) -> Any:
        end = self.patience.clock() + self.patience.seconds
        for attempt in range(self.patience.attempts):
            try:
                return act()
            except Busy:
                raise
            except TemporaryError as error:
                seconds = self.patience.first_pause * 2**attempt
                is_last = attempt + 1 == self.patience.attempts
                if is_last or self.patience.clock() + seconds > end:
                    raise
                logger.warning("%s; asked again in %.1f s", error, seconds)
                self.patience.sleep(seconds)
        raise TemporaryError("GitHub was not asked: no attempt is allowed")

    def _page(self, url: str, doing: str) -> tuple[Any, str]:
        answer = self.ask("GET", url, doing)
        found = _NEXT.search(answer.headers.get("link", ""))
        return _content(answer), found[1] if found else ""

    def _same_place(self, url: str) -> str:
        """Refuse a next page that lies elsewhere: the token would go there too."""
        ours, theirs = urlsplit(self.root), urlsplit(url)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise PermanentError(
                f"GitHub points to {theirs.netloc} for the next page, and not to {ours.netloc}:"
                " look at the setting github.url"
            )
        return url

    def _url(self, path: str, query: Mapping[str, object]) -> str:
        return f"{self.root}{path}" + (f"?{urlencode(query)}" if query else "")

    def _cleaned(self, error: TemporaryError | PermanentError) -> TemporaryError | PermanentError:
        return type(error)(self._credential.clean(str(error)))


def part(text: object) -> str:
    """Return a part of a path that stays one part, whatever is in it; `/` of a ref is kept."""
    return quote(str(text), safe="/")


def _content(answer: Answer) -> Any:
    try:
        content = json.loads(answer.body)
    except ValueError as error:
        kind = answer.headers.get("content-type", "nothing").partition(";")[0]
        raise TemporaryError(
            f"GitHub answered with {kind[:60]} that is no JSON; if it keeps doing so, look at the"
            " setting github.url, or for a proxy in between"
        ) from error
    if not isinstance(content, dict | list):
        raise TemporaryError("GitHub answered with something that is neither object nor list")
    return content
