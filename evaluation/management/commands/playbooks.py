"""Which playbooks are there, and which of them would answer a failure?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from evaluation.rules import playbooks, showing
from evaluation.rules.playbooks import BadPlaybook, Playbook
from telemetry.models import EventType
from validation import parameters
from validation.parameters import BadParameters


class Command(BaseCommand):
    """Check config/playbooks and show what it declares."""

    help = "Check and show the playbooks, or say which of them would answer a failure."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer one playbook, a failure to try, and the form that a script reads."""
        parser.add_argument("name", nargs="?", help="only this playbook, with everything it says")
        parser.add_argument("--error-code", default="", help="the code of a failure to try")
        parser.add_argument("--message", default="", help="the message of a failure to try")
        parser.add_argument(
            "--type",
            default=EventType.TOOL_CALL.value,
            choices=[EventType.TOOL_CALL.value, EventType.TASK_FAILURE.value],
            help="what failed (%(default)s)",
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, choose, print; fail with every mistake, or where none would answer."""
        try:
            known, permitted = playbooks.load(), parameters.load()
        except (BadPlaybook, BadParameters) as error:
            raise CommandError(f"the playbooks cannot be used:\n{error}") from error
        chosen = _chosen(known, options)
        counts = _counts()
        rows = [showing.shown(one, permitted, (counts or {}).get(one.name)) for one in chosen]
        if counts is None:  # read before anything was set up: unknown is not never
            rows = [{**row, "proposals": None, "waiting": None, "outcomes": []} for row in rows]
        if options["json"]:
            self.stdout.write(json.dumps(rows))
        elif options["name"]:
            self.stdout.write("\n".join(whole(rows[0])))
        else:
            self.stdout.write("\n".join(line(row) for row in rows))
        if not rows:
            raise CommandError("no playbook explains this failure", returncode=1)


def _counts() -> dict[str, showing.Used] | None:
    try:
        return showing.used()
    except DatabaseError:
        return None


def _chosen(known: tuple[Playbook, ...], options: dict[str, Any]) -> tuple[Playbook, ...]:
    trying = options["error_code"] or options["message"]
    if options["name"]:
        if trying:
            raise CommandError("name a playbook or describe a failure, not both")
        found = tuple(one for one in known if one.name == options["name"])
        if not found:
            names = ", ".join(one.name for one in known)
            raise CommandError(f"there is no playbook {options['name']}; there are: {names}")
        return found
    if trying:
        return showing.answering(
            known,
            error_code=options["error_code"],
            message=options["message"],
            event_type=options["type"],
        )
    return known


def line(row: dict[str, Any]) -> str:
    """Write a playbook on one line, with its changes below."""
    needs = "; ".join(row["evidence"]) or "no more than its minimum"
    head = f"{row['order']:>3}  {row['name']:<24} {_used(row)}"
    changes = (f"       {one['key']}: {one['how']}" for one in row["changes"])
    mends = (f"       {_fixer(one)}: {one['how']}" for one in row["mends"])
    return "\n".join(
        [head, *changes, *mends, f"       needs: {row['minimum']} occurrences; {needs}"]
    )


def whole(row: dict[str, Any]) -> list[str]:
    """Write everything that a playbook says."""
    lines = [
        f"{row['name']} (order {row['order']}, risk {row['risk']})",
        row["problem"],
        f"recognises: {', '.join(row['event_types'])}",
        f"  codes: {', '.join(row['error_codes']) or 'none'}",
        f"  words: {'; '.join(row['words']) or 'none'}",
        f"needs: {row['minimum']} occurrences",
        *(f"  that {need}" for need in row["evidence"]),
    ]
    for one in row["changes"]:
        lines += [
            f"changes: {one['key']} by {one['rule']}: {one['how']}",
            f"  {one['file']}: {one['bounds']} {one['unit']}".rstrip(),
            *(f"  needs that {need}" for need in one["evidence"]),
            *([f"  needs {one['needs']} above 0"] if one["needs"] else []),
            f"  risk: {one['issues']} {one['mitigation']}",
        ]
    for one in row["mends"]:
        lines += [
            f"mends: {_fixer(one)}: {one['how']}",
            f"  needs that one file of the target is named by {' or '.join(one['named_by'])}",
            *([f"  needs that a message says {' or '.join(one['said'])}"] if one["said"] else []),
            "  needs that the fixer finds something there, and that its gate admits it",
            *(f"  needs that {need}" for need in one["evidence"]),
            f"  risk: {one['issues']} {one['mitigation']}",
        ]
    return [*lines, f"used: {_used(row)}"]


def _fixer(one: dict[str, Any]) -> str:
    return f"fixer {one['fixer']}" + (f" ({', '.join(one['rules'])})" if one["rules"] else "")


def _used(row: dict[str, Any]) -> str:
    if row["proposals"] is None:
        return "how often is unknown: the database is not set up"
    came = ", ".join(f"{count} {label.lower()}" for label, count, _ in row["outcomes"])
    return f"{row['proposals']} proposals" + (f" ({came})" if came else "")
