"""A deployer elsewhere that does what a test says, and a target that is deployed by it."""

import base64
import hashlib
import hmac
import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.test import Client

from delivery.models import Delivery, Handover, StageRun
from tests.delivery.scene import MANIFEST, Scene, make_scene

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()
VARIABLE = "DEPLOY_WEBHOOK_SECRET_GATEWAY"
STEP = """\
[[deploy]]
name = "reload"
paths = ["config/**"]

[[deploy]]
name = "migrate"
paths = ["migrations/**"]
"""


def sign(uid: str, moment: int, body: bytes, key: bytes = KEY) -> str:
    """Sign by the words of the standard, without any code of ours."""
    made = hmac.new(key, f"{uid}.{moment}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


@dataclass
class Stand:
    """Remember each message; answer with the next of the statuses, the last one for ever."""

    statuses: list[int] = field(default_factory=lambda: [202])
    words: str = "taken"
    location: str = ""
    messages: list[tuple[str, bytes]] = field(default_factory=list)
    unsigned: int = 0
    address: str = ""

    @property
    def orders(self) -> list[dict[str, Any]]:
        """Return what was asked for, each deployment once, as a deployer would see it."""
        seen: dict[str, dict[str, Any]] = {}
        for uid, body in self.messages:
            seen.setdefault(uid, json.loads(body)["data"])
        return list(seen.values())

    def hear(self, headers: Any, body: bytes) -> int:
        """Note a message, and return the status that it is answered with."""
        uid, moment = headers["webhook-id"], int(headers["webhook-timestamp"])
        is_fresh = abs(time.time() - moment) < 300
        if headers["webhook-signature"] != sign(uid, moment, body) or not is_fresh:
            self.unsigned += 1
        self.messages.append((uid, body))
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def standing() -> Iterator[Stand]:
    """Serve a stand on loopback."""
    stand = Stand()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:  # whoever spoke died
                return
            self.send_response(stand.hear(self.headers, body))
            if stand.location:
                self.send_header("Location", stand.location)
            self.send_header("Content-Length", str(len(stand.words.encode())))
            self.end_headers()
            self.wfile.write(stand.words.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    stand.address = f"http://127.0.0.1:{server.server_address[1]}/hooks/gateway"
    try:
        yield stand
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def manifest(address: str, seconds: int = 600, more: str = "") -> str:
    """Return the manifest of a target that is deployed elsewhere."""
    tests = MANIFEST.partition("[[deploy]]")[0]
    webhook = f'[webhook]\nurl = "{address}"\ntimeout_seconds = {seconds}\n'
    return f"{tests}{STEP}\n{webhook}\n{more}"


@dataclass
class Away:
    """Hold a scene whose target is deployed by a stand."""

    scene: Scene
    stand: Stand
    delivery: Delivery

    def drive(self, **later: float) -> tuple[StageRun, ...]:
        """Let time pass, and drive."""
        self.scene.clock.forward(**(later or {"seconds": 20}))
        return self.scene.drive(self.delivery)

    @property
    def handover(self) -> Handover:
        """Return what was handed over last."""
        return self.delivery.handovers.latest("id")

    def report(self, kind: str, **data: Any) -> tuple[int, dict[str, str]]:
        """Report about the last deployment as its deployer."""
        found = self.handover
        told = {"deployment": str(found.uid), "commit": found.commit, "sequence": 1, **data}
        return self.post({"type": f"deployment.{kind}", "data": told})

    def post(
        self, message: Any, uid: str = "", moment: int = 0, key: bytes = KEY, **headers: str
    ) -> tuple[int, dict[str, str]]:
        """Post any message to the callback of the last deployment."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        uid, moment = uid or uuid.uuid4().hex, moment or int(time.time())
        given = {
            "webhook-id": uid,
            "webhook-timestamp": str(moment),
            "webhook-signature": sign(uid, moment, body, key),
            "Content-Type": "application/json",
            **headers,
        }
        kind = given.pop("Content-Type")
        answer = Client(enforce_csrf_checks=True).post(
            f"/hooks/deployments/{self.handover.uid}/", body, content_type=kind, headers=given
        )
        return answer.status_code, answer.json()


@contextmanager
def away(folder: Path, seconds: int = 600, more: str = "") -> Iterator[Away]:
    """Bring a delivery to its deployment by a stand."""
    with standing() as stand:
        scene = make_scene(folder, manifest=manifest(stand.address, seconds, more))
        scene.target.deploy_path = ""
        scene.target.save()
        yield Away(scene, stand, scene.drive_until(scene.begin(), "deploy"))
