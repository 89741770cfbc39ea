"""Which command shows patterns and does with them what the buttons do?"""

import json
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.log import Actor
from telemetry.models import Pattern, PatternAlias, PatternMove
from telemetry.patterns import counts, diagnosing, doing, merging, moves, suggesting
from telemetry.patterns.doing import Stale
from telemetry.patterns.merging import CannotJoin
from telemetry.patterns.moves import Refused
from telemetry.patterns.states import Ends
from telemetry.patterns.vocabulary import Diagnosis, State

ACTOR = Actor.system("command")


class Command(BaseCommand):
    """List, show and move patterns; every act goes through the same moves as the pages."""

    help = "Show failure patterns, and merge, part, mute, assign or diagnose them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer one form per act."""
        acts = parser.add_subparsers(dest="act", required=True)
        listed = _act(acts, "list", "show patterns, the latest first")
        listed.add_argument("--target", default="", help="the target's short name")
        listed.add_argument("--state", choices=State.values, help="only these")
        listed.add_argument("--most", type=int, default=50)
        _act(acts, "show", "show one pattern").add_argument("id", type=int)
        _add_joining(acts)
        _add_deciding(acts)
        _act(acts, "undo", "take a move back").add_argument("move", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the one act that was asked for, and print what is so now."""
        now = timezone.now()
        if options["act"] == "list":
            self.show_all(options, now)
            return
        try:
            pattern = _do(options, now)
        except (Refused, Stale, CannotJoin) as refusal:
            raise CommandError(f"{refusal} Nothing was changed.") from refusal
        self.show_one(pattern, as_json=options["json"], now=now)

    def show_all(self, options: dict[str, Any], now: datetime) -> None:
        """List patterns."""
        found = Pattern.objects.filter(merged_into=None).select_related("target", "assignee")
        if options["target"]:
            found = found.filter(target__slug=options["target"])
        if options["state"]:
            found = found.filter(state=options["state"])
        patterns = list(found.order_by("-last_seen", "-pk")[: max(0, options["most"])])
        weeks = counts.weeks(patterns, now)
        rows = [{**_row(each), "day": str(weeks[each.pk].weighed)} for each in patterns]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            self.stdout.write(
                f"#{row['id']}  {row['state']}  {row['severity']}  {row['diagnosis']}  "
                f"{row['component']}  {row['day']}  {row['template'][:80]}"
            )

    def show_one(self, pattern: Pattern, *, as_json: bool, now: datetime) -> None:
        """Print one pattern with its fingerprints and its moves."""
        row = {
            **_row(pattern),
            "day": str(counts.weeks([pattern], now)[pattern.pk].weighed),
            "diagnosed_because": diagnosing.told_by(pattern),
            "fingerprints": [
                {
                    "fingerprint": alias.fingerprint,
                    "count": alias.count,
                    "template": alias.template,
                }
                for alias in pattern.aliases.order_by("pk")
            ],
            "moves": [_move(move) for move in pattern.moves.order_by("pk")],
        }
        if as_json:
            self.stdout.write(json.dumps(row, indent=2))
            return
        for name, value in row.items():
            text = json.dumps(value) if isinstance(value, list) else value
            self.stdout.write(f"{name}: {text}")


def _act(acts: Any, name: str, words: str) -> ArgumentParser:
    parser: ArgumentParser = acts.add_parser(name, help=words)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--reason", default="", help="why; asked for where it matters")
    return parser


def _add_joining(acts: Any) -> None:
    merge = _act(acts, "merge", "merge patterns into the first one")
    merge.add_argument("id", type=int)
    merge.add_argument("others", type=int, nargs="+")
    split = _act(acts, "split", "move a fingerprint out into a pattern of its own")
    split.add_argument("id", type=int)
    split.add_argument("fingerprint")
    apart = _act(acts, "apart", "say that two are not the same: they are not suggested again")
    apart.add_argument("id", type=int)
    apart.add_argument("other", type=int)


def _add_deciding(acts: Any) -> None:
    mute = _act(acts, "mute", "set a pattern aside until something ends it")
    mute.add_argument("id", type=int)
    mute.add_argument("--hours", type=float, help="end after so many hours")
    mute.add_argument("--times", type=int, help="end after so many more failures")
    mute.add_argument("--escalates", action="store_true", help="end when it escalates")
    known = _act(acts, "known", "say that a pattern is known")
    known.add_argument("id", type=int)
    known.add_argument("--escalates", action="store_true", help="end when it escalates")
    _act(acts, "reopen", "look at it again").add_argument("id", type=int)
    assign = _act(acts, "assign", "give a pattern to a person")
    assign.add_argument("id", type=int)
    assign.add_argument("person", nargs="?", default="", help="nobody when left out")
    diagnose = _act(acts, "diagnose", "correct a diagnosis, and learn from it")
    diagnose.add_argument("id", type=int)
    diagnose.add_argument("diagnosis", choices=Diagnosis.values)


def _do(options: dict[str, Any], now: datetime) -> Pattern:
    """Make the move and return the pattern that it leads to."""
    act, why = options["act"], {"reason": options["reason"], "actor": ACTOR, "at": now}
    if act == "undo":
        return _undone(options["move"], now)
    pattern = _found(options["id"])
    if act in {"merge", "split", "apart"}:
        return _joined_or_parted(pattern, options, why, now)
    if act in {"mute", "known"}:
        return _set_aside(pattern, options, now)
    if act == "reopen":
        return moves.reopen(pattern, **why)
    if act == "assign":
        return moves.assign(pattern, to=_person(options["person"]), actor=ACTOR, at=now)
    if act == "diagnose":
        return moves.diagnose(pattern, diagnosis=options["diagnosis"], **why)
    return pattern


def _joined_or_parted(
    pattern: Pattern, options: dict[str, Any], why: dict[str, Any], now: datetime
) -> Pattern:
    if options["act"] == "merge":
        return merging.merge(pattern, [_found(other) for other in options["others"]], **why)
    if options["act"] == "split":
        return merging.split(_alias(pattern, options["fingerprint"]), **why)
    suggesting.keep_apart(pattern, _found(options["other"]), actor=ACTOR, at=now)
    return pattern


def _set_aside(pattern: Pattern, options: dict[str, Any], now: datetime) -> Pattern:
    if options["act"] == "known":
        ends, note = Ends(on_burst=options["escalates"]), options["reason"]
        return moves.mark_known(pattern, note=note, ends=ends, actor=ACTOR, at=now)
    hours, times = options["hours"], options["times"]
    if hours is not None and not 0 < hours <= 24 * 366:
        raise Refused("--hours must be above 0 and at most a year.")
    ends = Ends(
        at=now + timedelta(hours=hours) if hours is not None else None,
        count=pattern.count + times if times is not None else None,
        on_burst=options["escalates"],
    )
    return moves.mute(pattern, ends=ends, reason=options["reason"], actor=ACTOR, at=now)


def _found(pk: int) -> Pattern:
    pattern = Pattern.objects.select_related("target", "assignee").filter(pk=pk).first()
    if pattern is None:
        raise Refused(f"There is no pattern #{pk}; `pattern list` shows them.")
    return pattern


def _alias(pattern: Pattern, fingerprint: str) -> PatternAlias:
    alias = PatternAlias.objects.filter(pattern=pattern, fingerprint=fingerprint).first()
    if alias is None:
        raise Refused(
            f"#{pattern.pk} has no fingerprint {fingerprint}; `pattern show` lists them."
        )
    return alias


def _person(name: str) -> User | None:
    found = User.objects.filter(username=name).first() if name else None
    if name and found is None:
        raise Refused(f"There is nobody named {name}.")
    return found


def _undone(move: int, now: datetime) -> Pattern:
    if not PatternMove.objects.filter(pk=move).exists():
        raise Refused(f"There is no move {move}; `pattern show` lists them.")
    return doing.undo(move, actor=ACTOR, at=now)


def _row(pattern: Pattern) -> dict[str, Any]:
    return {
        "id": pattern.pk,
        "target": pattern.target.slug,
        "type": pattern.event_type,
        "component": pattern.component,
        "error_code": pattern.error_code,
        "template": pattern.template,
        "state": pattern.state,
        "severity": pattern.severity,
        "diagnosis": pattern.diagnosis,
        "count": pattern.count,
        "sessions": pattern.session_count,
        "agents": pattern.agents,
        "first_seen": pattern.first_seen.isoformat(),
        "last_seen": pattern.last_seen.isoformat(),
        "assignee": pattern.assignee.get_username() if pattern.assignee else "",
        "note": pattern.note,
        "merged_into": pattern.merged_into_id,
    }


def _move(move: PatternMove) -> dict[str, Any]:
    return {
        "id": move.pk,
        "move": move.move,
        "by": move.actor,
        "at": move.at.isoformat(),
        "reason": move.reason,
        "undone_by": move.undone_by,
    }
