"""git's own HTTP server on loopback, behind a token, and what came to it."""

import base64
import os
import ssl
import subprocess
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

READS, WRITES = "github_pat_reads", "github_pat_writes"


@dataclass
class Came:
    """One request: what it asked for, and with which right."""

    method: str
    path: str
    right: str


class Backend(ThreadingHTTPServer):
    """Serve the repositories below a folder; one token may read, the other may also write."""

    daemon_threads = True

    def __init__(self, folder: Path, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.folder = folder
        self.scheme = "https" if certificate else "http"
        self.came: list[Came] = []
        self.may = {READS: "reads", WRITES: "writes"}
        self.moved_to = ""
        self.status = 302
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def address(self) -> str:
        """Return where it is."""
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> "Backend":
        """Begin to serve."""
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.shutdown()
        self.server_close()

    @property
    def rights(self) -> set[str]:
        """Return every right that was shown, but none."""
        return {one.right for one in self.came if one.right}


class _Talk(BaseHTTPRequestHandler):
    server: Backend

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        token = _token(self.headers.get("Authorization", ""))
        self.server.came.append(Came(self.command, self.path, token))
        if self.server.moved_to:
            self._say(self.server.status, {"Location": self.server.moved_to + self.path})
        elif token not in self.server.may:
            self._say(401, {"WWW-Authenticate": 'Basic realm="GitHub"'})
        elif "receive-pack" in self.path and self.server.may[token] != "writes":
            self._say(403, {})
        else:
            self._serve(body)

    do_POST = do_GET

    def _serve(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "somebody",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=True
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        self._say(status, headers, content)

    def _say(self, status: int, headers: dict[str, str], content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def _token(header: str) -> str:
    kind, _, code = header.partition(" ")
    if kind != "Basic":
        return header
    return base64.b64decode(code).decode().partition(":")[2]
