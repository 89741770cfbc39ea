"""How a script goes through the same doors as a person: sign in, read a page, press a button."""

import http.client
import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser

TIMEOUT_SECONDS = 20


class DoorClosed(RuntimeError):
    """A page did not let the visitor do what it came for."""


@dataclass
class Form:
    """Hold one form of a page: where it goes, and what it sends."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Collect the forms of a page with their hidden fields."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note forms and inputs."""
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
        elif tag == "input" and self.found and "name" in given:
            self.found[-1].fields[given["name"]] = given.get("value", "")


class Words(HTMLParser):
    """Collect what a person would read in the main part of a page."""

    def __init__(self) -> None:
        """Start with nothing."""
        super().__init__()
        self.inside = False
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Enter the main part."""
        self.inside = self.inside or tag == "main"

    def handle_data(self, data: str) -> None:
        """Keep a piece of text."""
        if self.inside and data.strip():
            self.found.append(" ".join(data.split()))


class Visitor:
    """Keep a session with our own pages."""

    def __init__(self, address: str) -> None:
        """Take the address of the pages."""
        self.address = address
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),  # loopback only: no proxy is asked
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def sign_in(self, name: str, password: str) -> None:
        """Sign in; raise DoorClosed."""
        form = self._form("/sign-in/", "/sign-in/")
        page = self._send("/sign-in/", {**form.fields, "username": name, "password": password})
        if "/sign-in/" in page:
            raise DoorClosed(f"{name} could not sign in")

    def approve(self, path: str) -> None:
        """Press Approve on a proposal's page; raise DoorClosed when it cannot be pressed."""
        form = self._form(path, f"{path}approve/")
        self._send(form.action, form.fields)

    def read(self, path: str) -> str:
        """Return a page's text."""
        return self._open(self._request(path))

    def _form(self, path: str, action: str) -> Form:
        page = Forms()
        page.feed(self.read(path))
        for form in page.found:
            if (form.action or path) == action:
                return form
        raise DoorClosed(f"{path} offers no button to {action}")

    def _send(self, path: str, fields: dict[str, str]) -> str:
        body = urllib.parse.urlencode(fields).encode()
        with self._answered(self._request(path, body)) as answer:
            return str(answer.geturl())

    def _open(self, request: urllib.request.Request) -> str:
        with self._answered(request) as answer:
            text: str = answer.read().decode()
            return text

    def _answered(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        try:
            answer: http.client.HTTPResponse = self.opener.open(request, timeout=TIMEOUT_SECONDS)
        except urllib.error.HTTPError as error:
            words = Words()
            words.feed(error.read().decode(errors="replace"))
            told = " · ".join(words.found)[:800]
            raise DoorClosed(f"{request.full_url}: {error.code} {told}") from error
        return answer

    def _request(self, path: str, body: bytes | None = None) -> urllib.request.Request:
        url = self._url(path)
        # The address is our own setting, never text from outside.
        return urllib.request.Request(url, data=body, headers={"Referer": url})  # noqa: S310

    def _url(self, path: str) -> str:
        return urllib.parse.urljoin(self.address, path)
