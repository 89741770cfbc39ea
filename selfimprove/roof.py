"""Which processes make up the whole, and what a person is told when they start."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import connections
from django.utils import timezone

from audit.log import Actor
from personas import provisioning
from personas.agents import BadAgents
from selfimprove import setup, watchdog
from selfimprove.config import Web
from selfimprove.console import settled
from selfimprove.logs import relayed
from selfimprove.mcp.options import Mcp
from selfimprove.supervisor import Child, Supervisor, manage

ALL = ("worker", "clock", "mcp", "web")  # in the order in which they are stopped


def prepare(web: Web, names: Sequence[str] = ALL) -> None:
    """Check the port, bring the database up to date, and make what a new installation needs."""
    if "web" in names:
        setup.check_port(web.host, web.port)
    if "mcp" in names and (mcp := settings.SELFIMPROVE.mcp).enabled:
        setup.check_port(mcp.host, mcp.port, setting="mcp")
    with setup.alone():
        setup.prepare_database()
        setup.first_account()
        now = timezone.now()
        with contextlib.suppress(BadAgents):  # the doctor tells it; nothing else waits for them
            provisioning.begin(actor=Actor.system("selfimprove"), at=now)
        settled.note_change(now)


def address(web: Web) -> str:
    """Return the address to open."""
    host = f"[{web.host}]" if ":" in web.host else web.host
    return f"http://{host}:{web.port}/"


def greeting(web: Web, names: Sequence[str] = ALL) -> str:
    """Return what to open and how to sign in."""
    tools = f"tools:       {tools_in_words()}"
    if "web" not in names:
        lines = [f"selfimprove: {', '.join(names)}, without pages"]
    else:
        name, password = setup.first_account()
        how = f"password {password}" if password else "the password that you chose"
        who = f"{name}, {how}" if name else "an account of yours"
        lines = [f"selfimprove: {address(web)}", f"sign in as:  {who}"]
    return "\n  ".join(["", *lines, tools, "stop with:   Ctrl-C\n"])


def tools_in_words() -> str:
    """Say where agents find the tools over HTTP, or that they do not."""
    mcp = settings.SELFIMPROVE.mcp
    return mcp.address if mcp.enabled else "off over HTTP (mcp.enabled)"


def children(names: Sequence[str]) -> list[Child]:
    """Return our own processes, each once, in the order in which they are stopped."""
    web = settings.SELFIMPROVE.web
    known = {
        "worker": Child(
            "worker",
            manage("qcluster"),
            {"SELFIMPROVE_ROLE": "worker"},
            on_restart=watchdog.release_leases,
        ),
        "clock": Child("clock", manage("clock"), {"SELFIMPROVE_ROLE": "clock"}),
        "mcp": Child("mcp", _tools(settings.SELFIMPROVE.mcp), {"SELFIMPROVE_ROLE": "mcp"}),
        "web": Child("web", _server(web), {"SELFIMPROVE_ROLE": "web"}),
    }
    if not settings.SELFIMPROVE.mcp.enabled:
        del known["mcp"]
    return [known[name] for name in ALL if name in names and name in known]


def run(
    names: Sequence[str],
    *,
    say: Callable[[str], object],
    extra: Sequence[Child] = (),
    watched: watchdog.Watchdog | None = None,
) -> int:
    """Run our processes and any extra ones until a signal; return the exit code.

    The greeting is said once the pages are served: who clicks at once is not refused.
    Raises CannotStart where another worker serves the same data folder.
    """
    watch = watched or watchdog.Watchdog()
    has_worker = "worker" in names
    with setup.only_worker() if has_worker else contextlib.nullcontext():
        if has_worker:
            watchdog.release_leases()
        told = greeting(settings.SELFIMPROVE.web, names)
        connections.close_all()
        threading.Thread(target=_greet, args=(told, names, say), daemon=True).start()
        supervisor = Supervisor(
            [*children(names), *extra],
            say=say,
            unhealthy=watch if has_worker else lambda: "",
            line=relayed,
        )
        return supervisor.run()


def _greet(told: str, names: Sequence[str], say: Callable[[str], object]) -> None:
    web = settings.SELFIMPROVE.web
    while "web" in names and not _is_served(web):
        time.sleep(0.1)
    say(told)


def _is_served(web: Web) -> bool:
    try:
        socket.create_connection((web.host, web.port), timeout=1).close()
    except OSError:
        return False
    return True


def _server(web: Web) -> list[str]:
    granian = ["granian", "--interface", "wsgi", "--host", web.host, "--port", str(web.port)]
    return [
        *manage()[:1],
        "-m",
        *granian,
        *("--blocking-threads", str(web.threads), "--no-ws", "--workers", "1"),
        *("--log-level", "warning", "selfimprove.wsgi:application"),
    ]


def _tools(mcp: Mcp) -> list[str]:
    granian = ["granian", "--interface", "asgi", "--host", mcp.host, "--port", str(mcp.port)]
    return [
        *manage()[:1],
        "-m",
        *granian,
        *("--no-ws", "--workers", "1", "--log-level", "warning"),
        "selfimprove.mcp.asgi:application",
    ]
