"""Which policies decide over writes by agents, and would others have let a proposal pass?"""

import json
import sys
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from proposals.authorising import shown, trying
from proposals.authorising.shown import InForce
from proposals.authorising.trying import Tried
from proposals.models import Proposal
from validation.authorising.reading import BadPolicies

DENIED, UNUSABLE = 1, 2


class Command(BaseCommand):
    """Exit 0: usable, or would pass. 1: would be denied. 2: cannot be used or asked."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a policy to try and the proposals to try it on."""
        parser.add_argument("--try", dest="tried", help="file of policies; - reads standard input")
        on = parser.add_mutually_exclusive_group()
        on.add_argument("--proposal", help="id of the proposal to try them on")
        on.add_argument("--last", type=int, default=10, help="or the newest so many (10)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        """List what is in force, or try and keep nothing."""
        if options["tried"] is None:
            if options["proposal"]:
                raise CommandError("--proposal goes with --try FILE", returncode=UNUSABLE)
            self._list(options["json"])
            return
        proposals = _proposals(options["proposal"], options["last"])
        try:
            tried = trying.understand(_read(options["tried"]))
        except BadPolicies as bad:
            flaws = [str(flaw) for flaw in bad.flaws]
            if options["json"]:
                self.stdout.write(json.dumps({"flaws": flaws, "proposals": []}, indent=2))
                raise SystemExit(UNUSABLE) from bad
            raise CommandError("\n".join(flaws), returncode=UNUSABLE) from bad
        found = trying.would_pass(tried, proposals, timezone.now())
        self._tell(found, options["json"])
        if any(one.problem for one in found):
            raise SystemExit(UNUSABLE)
        if not all(one.would_pass for one in found):
            raise SystemExit(DENIED)

    def _list(self, as_json: bool) -> None:
        found = shown.gather(timezone.now())
        if as_json:
            self.stdout.write(json.dumps(_plain(found), indent=2))
        else:
            self._print(found)
        if not found.are_usable:
            raise SystemExit(UNUSABLE)

    def _print(self, found: InForce) -> None:
        for group in found.groups:
            self.stdout.write(self.style.MIGRATE_HEADING(group.title))
            for flaw in group.flaws:
                self.stdout.write(self.style.ERROR(f"  {flaw}"))
            for one in group.policies:
                decided = f"permitted {one.tally.permitted}, denied {one.tally.denied}"
                self.stdout.write(f"  {one.policy.id:<24}{one.policy.effect:<8}{decided}")
                self.stdout.write(f"      {one.policy.says} ({one.policy.file}:{one.policy.line})")
        self.stdout.write(f"set {found.digest}")

    def _tell(self, found: tuple[Tried, ...], as_json: bool) -> None:
        if as_json:
            told = {"flaws": [], "proposals": [_plain_of(one) for one in found]}
            self.stdout.write(json.dumps(told, indent=2))
            return
        for one in found:
            answer = "would pass" if one.would_pass else "would be denied"
            self.stdout.write(f"{one.proposal.pk} {answer if not one.problem else 'not asked'}")
            for words in [f"{d.words}: {d.why}" for d in one.denials] or [one.problem]:
                if words:
                    self.stdout.write(f"    {words}")


def _proposals(name: str | None, last: int) -> list[Proposal]:
    rows = Proposal.objects.select_related("target").order_by("-created_at")
    if name is None:
        if not 1 <= last <= trying.MOST:
            raise CommandError(f"--last takes 1 to {trying.MOST}", returncode=UNUSABLE)
        return list(rows[:last])
    try:
        return [rows.get(pk=uuid.UUID(name))]
    except (ValueError, Proposal.DoesNotExist) as error:
        raise CommandError(f"There is no proposal {name}.", returncode=UNUSABLE) from error


def _read(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode()
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}", returncode=UNUSABLE) from error
    except UnicodeDecodeError as error:
        what = f"{name} is not UTF-8 text (byte {error.start})"
        raise CommandError(what, returncode=UNUSABLE) from error


def _plain(found: InForce) -> dict[str, Any]:
    policies = [
        {
            "id": one.policy.id,
            "says": one.policy.says,
            "effect": one.policy.effect,
            "source": str(one.policy.source),
            "file": one.policy.file,
            "line": one.policy.line,
            "text": one.policy.text,
            "permitted": one.tally.permitted,
            "denied": one.tally.denied,
        }
        for group in found.groups
        for one in group.policies
    ]
    flaws = [flaw for group in found.groups for flaw in group.flaws]
    return {"digest": found.digest, "policies": policies, "flaws": flaws}


def _plain_of(one: Tried) -> dict[str, Any]:
    return {
        "proposal": str(one.proposal.pk),
        "passes": one.passed,
        "would_pass": one.would_pass,
        "problem": one.problem,
        "decisions": [decision.facts for decision in one.then],
    }
