"""How a browser test gets the whole demo, and what it must never see on the way."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from playwright.sync_api import ConsoleMessage, Page, expect

from selfimprove.demo import story
from selfimprove.demo.visitor import Visitor

STARTS_WITHIN, STOPS_WITHIN = 90, 30
SIGN_IN = re.compile(r"sign in as:\s+(\S+), password (\S+)")


@dataclass(frozen=True)
class Demo:
    """Say where the running demo is and how one signs in."""

    address: str
    name: str
    password: str

    def sign_in(self, page: Page) -> None:
        """Come in through the front door."""
        page.goto(self.address)
        page.get_by_label("User name").fill(self.name)
        page.get_by_label("Password").fill(self.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.address}/")


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """Run `manage.py demo` with a folder and a port of its own, and stop it with Ctrl-C."""
    port = _free_port()
    told = folder / "demo.txt"
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {
        "SELFIMPROVE_DATA_DIR": str(folder / "var"),
        "SELFIMPROVE_WEB__PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo"]
    with told.open("w") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        demo = Demo(f"http://127.0.0.1:{port}", *_account(process, told))
        story.wait_for_pages(Visitor(demo.address))
        yield demo
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@dataclass
class Complaints:
    """Collect what a browser says against a page: errors of scripts, of loading, of the policy."""

    heard: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Listen from now on, in every document that the page opens."""
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.heard.append(f"{page.url}: {error}"))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', (event) =>"
            " console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))"
        )

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.heard.append(f"{message.location.get('url')}: {message.text}")


@dataclass
class Reloads:
    """Tell whether a page was loaded again: a mark in its window would be gone."""

    page: Page

    def __enter__(self) -> None:
        """Leave the mark."""
        self.page.evaluate("window.neverReloaded = true")

    def __exit__(self, failure: object, *_: object) -> None:
        """Look for it."""
        if failure is None:
            assert self.page.evaluate("window.neverReloaded === true"), "the page was reloaded"


def section(page: Page, heading: str) -> str:
    """Return the text of the part of a page that has this heading."""
    part = page.locator("section", has=page.get_by_role("heading", name=heading, exact=True))
    expect(part.first).to_be_visible()
    return part.first.inner_text()


def _account(process: "subprocess.Popen[bytes]", told: Path) -> tuple[str, str]:
    deadline = time.monotonic() + STARTS_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        if found := SIGN_IN.search(told.read_text()):
            return found[1], found[2]
        time.sleep(0.2)
    raise AssertionError(f"the demo did not start:\n{told.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
