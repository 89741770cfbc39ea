"""Which keys does the log have, and how is one let in, shut out or exchanged?"""

import getpass
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone

from audit.keys import acts, known, ring, signer_state
from audit.keys.folder import KeyTrouble
from audit.log import Actor, BadEntry
from audit.notes import BadKey, Key

REFUSALS = (KeyTrouble, BadKey, BadEntry)


class Command(BaseCommand):
    """Show the log's keys and act on them; each act but the first two leaves an entry."""

    help = "Show the keys of the log; let a host's writer in or out; exchange the log's own key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer one form per act."""
        offered = parser.add_subparsers(dest="act", required=True)
        shown = offered.add_parser("show", help="show the public keys and what was signed last")
        shown.add_argument("--json", action="store_true", help="print JSON")
        offered.add_parser("new-writer", help="on a further host: make its key, print its request")
        endorse = offered.add_parser("endorse", help="on the host that seals: let a writer in")
        endorse.add_argument("key", help="what `log-keys new-writer` printed on the other host")
        revoke = offered.add_parser("revoke-writer", help="seal nothing more by a writer's key")
        revoke.add_argument("name", help="the key's name, see `log-keys show`")
        offered.add_parser("rotate", help="give the log a new key; both sign for a while")
        offered.add_parser("retire", help="destroy the old key once the new one is noted")
        offered.add_parser("adopt", help="where the signer state was lost: trust the database")
        succeed = offered.add_parser(
            "succeed", help="go on where signed entries are lost for good"
        )
        succeed.add_argument("--reason", required=True, help="what happened")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the one act that was asked for."""
        act = getattr(self, str(options["act"]).replace("-", "_"))
        try:
            act(options, {"actor": Actor("person", getpass.getuser()), "at": timezone.now()})
        except REFUSALS as error:
            raise CommandError(str(error)) from error
        except Error as error:
            raise CommandError(f"The database cannot be used: {error}".strip()) from error

    def show(self, options: dict[str, Any], _: Any) -> None:
        """Print what may be noted outside; nothing of it is a secret."""
        keys = ring.folder()
        trust = known.trusted()
        state = signer_state.read(keys) if ring.seals_here() else None
        found = {
            "origin": trust.origin,
            "log_keys": [str(key) for key in trust.pinned],
            "writers": {name: str(key) for name, key in trust.writers.items()},
            "revoked": dict(trust.revoked),
            "signed": state.last.size if state else None,
        }
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2))
            return
        for key in trust.pinned:
            self.stdout.write(f"  log key       {key}")
        for name, key in trust.writers.items():
            until = trust.revoked.get(name)
            told = "" if until is None else f"  (revoked at {until} entries)"
            self.stdout.write(f"  writer        {key}{told}")
        self.stdout.write(f"  signed        {_signed(found['signed'])}")

    def new_writer(self, *_: Any) -> None:
        """Make this host's writer key, once, and print what the sealing host must endorse."""
        keys = ring.folder()
        with keys.alone():
            writer = ring.writer(keys) or ring.make_writer(keys)
        self.stdout.write(
            f"On the host that seals, run:\n  manage.py log-keys endorse {writer.key}"
        )

    def endorse(self, options: dict[str, Any], by: dict[str, Any]) -> None:
        """Let a writer in."""
        writer = Key.parse(options["key"])
        acts.enrol(writer, **by)
        self.stdout.write(f"{writer.name} may sign entries.")

    def revoke_writer(self, options: dict[str, Any], by: dict[str, Any]) -> None:
        """Shut a writer out."""
        size = acts.revoke(options["name"], **by)
        self.stdout.write(f"{options['name']} counts up to {size} entries and no further.")

    def rotate(self, _: Any, by: dict[str, Any]) -> None:
        """Exchange the log's key."""
        key = acts.rotate(**by)
        self.stdout.write(
            "Both keys sign from now on. Note the new one wherever the old one was noted:"
            f"\n  {key}\nThen run `manage.py log-keys retire`."
        )

    def retire(self, _: Any, by: dict[str, Any]) -> None:
        """Destroy the old key."""
        self.stdout.write(f"The old key is destroyed; the log's key is\n  {acts.retire(**by)}")

    def adopt(self, _: Any, by: dict[str, Any]) -> None:
        """Write the signer state anew."""
        self.stdout.write(f"Sealing goes on from {acts.adopt(**by)} entries.")

    def succeed(self, options: dict[str, Any], by: dict[str, Any]) -> None:
        """Let the log go on under a new name."""
        key = acts.succeed(**by, reason=options["reason"])
        self.stdout.write(
            f"The log goes on. Note its new key; the old one signs no more:\n  {key}"
        )


def _signed(size: object) -> str:
    return "elsewhere: this host does not seal" if size is None else f"{size:,} entries"
