"""Serve an agent's tools on standard input and output."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from selfimprove.mcp.snippets import VARIABLE
from telemetry.doors import tokens


class Command(BaseCommand):
    """Be started by an agent's client, with its token in the environment."""

    help = (
        f"Serve the MCP tools on standard input and output, with the token of {VARIABLE};"
        " over HTTP `up` serves them when mcp.enabled is set."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until the client leaves."""
        secret = os.environ.get(VARIABLE, "").strip()
        if not secret:
            raise CommandError(
                f"{VARIABLE} is not set: put a token there; the page /mcp/ makes one, or"
                " manage.py token create."
            )
        try:
            tokens.known(secret, timezone.now())
        except tokens.NotOpen as error:
            raise CommandError(f"{VARIABLE}: {error}") from error
        connections.close_all()  # each call has its own
        if sys.stdin.isatty():
            self.stderr.write("Waiting for a client on standard input; Ctrl-C ends it.")
        from selfimprove.mcp import serving  # a second and 60 MB, which only this needs

        serving.over_stdio(secret)
