"""Answer on this machine as a model provider does, without a model and without a key."""

import signal
import threading
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ports.llm.standin import scripts
from ports.llm.standin.server import Asked, authored_step, ended_step, serving

PORT = 8200


class Command(BaseCommand):
    """Serve until somebody stops it; every answer is labelled as simulated."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port and a script."""
        parser.add_argument(
            "--port", type=int, default=PORT, help=f"default {PORT}, 0: a free one"
        )
        parser.add_argument("--script", type=Path, help="a JSON file of answers and faults")

    def handle(self, *, port: int, script: Path | None, **options: Any) -> None:
        """Serve, and say how to be asked; a script that cannot be used starts nothing."""
        if not 0 <= port <= 65535:
            raise CommandError(f"--port {port}: there is no such port")
        try:
            given = scripts.read(script) if script else scripts.NONE
            then = authored_step if given.then_authored else ended_step
            with serving(
                given.steps,
                services=given.services,
                otherwise=then,
                port=port,
                heard=self._tell,
            ) as played:
                self._greet(played.address, len(given.steps) + len(given.services))
                self._wait()
        except scripts.BadScript as error:
            raise CommandError(f"The script cannot be used:\n{error}") from error
        except OSError as error:
            raise CommandError(f"Port {port} cannot be used: {error.strerror}") from error

    def _greet(self, address: str, steps: int) -> None:
        self.stdout.write(
            f"The stand-in answers at {address}, on this machine only. No language model is behind"
            " it: what it says is authored, and its counts of tokens are estimates.\n"
            f"{f'It plays {steps} steps first.' if steps else 'It plays no script.'}\n"
            "Point the product at it, in another terminal:\n"
            f"  manage.py evaluate --set models.address={address}"
            " --set evaluation.engine=model\n"
            "  manage.py agentcore-status --set agentcore.enabled=true"
            f" --set agentcore.address={address}\n"
            f"  manage.py run --target NAME --engine model --set models.address={address}\n"
            "Stop it with Ctrl-C."
        )
        self.stdout.flush()

    def _wait(self) -> None:
        # A shell that starts us in the background leaves us deaf to it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _tell(self, asked: Asked) -> None:
        named = asked.body.get("model") or asked.body.get("name")  # the latter is a tool's
        model = str(named or "no model")[:100]
        # A path is written by whoever asks: no sign of it may steer a terminal.
        path = "".join(sign if sign.isprintable() else "?" for sign in asked.path)[:200]
        self.stdout.write(f"{asked.status} {path} {model!a} ({asked.scheme or 'no key'})")
        self.stdout.flush()
