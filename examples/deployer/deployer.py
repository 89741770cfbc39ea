#!/usr/bin/env python3
"""How does a deployer elsewhere keep its side: take an order once, run a command, report its end?

One file for Python 3.11 and later, without anything to install. It is told by the environment:

    DEPLOYER_SECRET   whsec_…, the same that selfimprove has for this target
    DEPLOYER_COMMAND  the program that deploys, as a JSON list; it finds COMMIT, BEFORE, TARGET,
                      BRANCH, STEPS (blanks between) and TAKES_BACK (yes or no) in its environment
    DEPLOYER_SPOOL    the folder where orders are kept, ./spool
    DEPLOYER_HOST     where it listens, 127.0.0.1
    DEPLOYER_PORT     8300; 0 takes a free one

`deployer.py serve` takes orders and carries them out; `receive` only takes them, `work` carries
out what is there and ends, so that cron can start it.
"""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Sequence
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOLERANCE = 300
LARGEST = 64 * 1024
REPORTS = 2.0  # seconds between two reports of what the command says
TRIES, FIRST_PAUSE = 10, 1.0  # of a report that nobody takes, each pause twice as long
AGAIN = None  # nobody was there, or could take it
Order = dict[str, Any]
NAME = re.compile(r"[0-9a-f-]{36}")


def signature(uid: str, moment: str, body: bytes) -> str:
    """Return the signature of a message, as Standard Webhooks has it."""
    secret = base64.b64decode(os.environ["DEPLOYER_SECRET"].removeprefix("whsec_"))
    signed = f"{uid}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def is_signed(headers: Message, body: bytes) -> bool:
    """Tell whether a message comes from whoever has the secret, and just now."""
    uid, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not moment.isdigit() or abs(time.time() - int(moment)) > TOLERANCE:
        return False
    wanted = signature(uid, moment, body)
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(one.encode(), wanted.encode()) for one in given)


class Spool:
    """Keep each order as a file, from before it is answered until after its end was reported."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def keep(self, order: Order) -> bool:
        """Keep an order; tell whether it is new."""
        place = self.folder / f"{order['deployment']}.json"
        if place.exists() or place.with_suffix(".done").exists():
            return False
        half = place.with_suffix(f".{uuid.uuid4().hex}")
        with half.open("w") as stream:
            json.dump(order, stream)
            stream.flush()
            os.fsync(stream.fileno())
        half.rename(place)
        return True

    def newest(self) -> Order | None:
        """Return the newest order that is to be carried out; what it replaces is done with."""
        waiting = [json.loads(place.read_text()) for place in self.folder.glob("*.json")]
        ended = [json.loads(place.read_text())["order"] for place in self.folder.glob("*.done")]
        waiting.sort(key=lambda order: order["order"])
        newest = max([order["order"] for order in waiting] + ended, default=0)
        for order in waiting:
            if order["order"] < newest:
                self.end(order)
        return waiting[-1] if waiting and waiting[-1]["order"] == newest else None

    def end(self, order: Order) -> None:
        """Say that an order is done with."""
        place = self.folder / f"{order['deployment']}.json"
        with contextlib.suppress(FileNotFoundError):
            place.rename(place.with_suffix(".done"))


class Reports:
    """What is told of one order: each report once, in its order, until somebody takes it."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.sequence = 0
        self.waiting: list[tuple[str, bytes]] = []

    def add(self, kind: str, lines: Sequence[str] = (), reason: str = "") -> None:
        """Write down one report, to be sent with the next."""
        self.sequence += 1
        data = {
            "deployment": self.order["deployment"],
            "commit": self.order["commit"],
            "sequence": self.sequence,
            "lines": list(lines),
            "reason": reason,
        }
        body = json.dumps({"type": f"deployment.{kind}", "data": data}).encode()
        self.waiting.append((uuid.uuid4().hex, body))

    def send(self, tries: int = 1) -> bool:
        """Send what waits, the first first; what is turned away is not sent again."""
        taken = True
        while self.waiting:
            for attempt in range(tries):
                answer = say(self.order["callback"], *self.waiting[0])
                if answer is not AGAIN:
                    break
                if attempt + 1 < tries:
                    time.sleep(min(60.0, FIRST_PAUSE * 2**attempt))
            else:
                return False
            taken = answer
            self.waiting.pop(0)
        return taken

    def end(self, kind: str, lines: Sequence[str] = (), reason: str = "") -> bool:
        """Tell how it ended, and whatever was not taken before."""
        self.add(kind, lines, reason)
        return self.send(TRIES)


def say(callback: str, uid: str, body: bytes) -> bool | None:
    """Post one report: True it was taken, False it was turned away, AGAIN neither."""
    moment = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": uid,
        "webhook-timestamp": moment,
        "webhook-signature": signature(uid, moment, body),
    }
    try:
        with urllib.request.urlopen(urllib.request.Request(callback, body, headers), timeout=10):
            return True
    except urllib.error.HTTPError as error:
        print(f"a report: {error.code} {error.read(500).decode('utf-8', 'replace')}")
        return AGAIN if error.code >= 500 or error.code == 429 else False
    except (OSError, http.client.HTTPException) as error:
        print(f"a report: {error}")
        return AGAIN


def carry_out(order: Order) -> bool:
    """Run the command, report what it says while it runs, then how it ended."""
    told = {
        "COMMIT": order["commit"],
        "BEFORE": order["before"],
        "TARGET": order["target"],
        "BRANCH": order["branch"],
        "STEPS": " ".join(order["steps"]),
        "TAKES_BACK": "yes" if order["takes_back"] else "no",
    }
    kept = {key: os.environ[key] for key in os.environ if not key.startswith("DEPLOYER_")}
    reports, lines, last = Reports(order), [], time.monotonic()
    try:
        command = subprocess.Popen(
            json.loads(os.environ["DEPLOYER_COMMAND"]),
            env={**kept, **told},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        return reports.end("failed", reason=f"it could not be started: {error}")
    with command:
        for line in command.stdout:
            lines.append(line.rstrip("\n"))
            if time.monotonic() - last > REPORTS or len(lines) >= 500:
                reports.add("progressed", lines)
                reports.send()
                lines, last = [], time.monotonic()
    if command.returncode:
        reason = f"the command ended with {command.returncode}"
        return reports.end("failed", lines, reason)
    return reports.end("succeeded", lines)


def work(spool: Spool) -> None:
    """Carry out what is there, the newest order alone."""
    while (order := spool.newest()) is not None:
        carry_out(order)
        spool.end(order)


class Door(BaseHTTPRequestHandler):
    """Take orders over HTTP."""

    protocol_version = "HTTP/1.1"
    timeout = 20

    def do_POST(self) -> None:
        """Keep an order before it is answered: 202 new, 200 known already."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST:
            return self.say(413, "too large, or of no known length")
        body = self.rfile.read(int(length))
        if not is_signed(self.headers, body):
            return self.say(401, "the signature does not hold, or the clock is wrong")
        message = json.loads(body)
        if message.get("type") == "ping":
            return self.say(200, "here")
        order = message["data"]
        if message["type"] != "deployment.requested" or not NAME.fullmatch(order["deployment"]):
            return self.say(422, "no order that is known here")
        is_new = self.server.spool.keep(order)
        self.server.wake.set()
        return self.say(202 if is_new else 200, "taken" if is_new else "known already")

    def say(self, status: int, words: str) -> None:
        """Answer, and hang up."""
        body = words.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def main(act: str = "serve") -> None:
    """Do what was asked for."""
    spool = Spool(os.environ.get("DEPLOYER_SPOOL", "spool"))
    if act == "work":
        return work(spool)
    if act not in ("serve", "receive"):
        sys.exit("deployer.py serve | receive | work")
    place = (
        os.environ.get("DEPLOYER_HOST", "127.0.0.1"),
        int(os.environ.get("DEPLOYER_PORT", 8300)),
    )
    server = ThreadingHTTPServer(place, Door)
    server.spool, server.wake = spool, threading.Event()
    print(f"listens at http://{server.server_address[0]}:{server.server_address[1]}/", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        server.wake.clear()
        if act == "serve":
            work(spool)
        server.wake.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
