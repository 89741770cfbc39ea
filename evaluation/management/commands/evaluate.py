"""What would change on the evidence of the last hours?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from evaluation.asking import estimating
from evaluation.models import Asked, Evaluation
from evaluation.self_eval import KNOWN_FAILURES, NotReady, evaluate
from personas import exchanges
from targets.models import State, Target


class Command(BaseCommand):
    """Evaluate one target, or all that are ready, now."""

    help = "Evaluate the evidence of one target, or of all ready ones, and hand in proposals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer the choice of a target and the form that a script reads."""
        parser.add_argument("--target", metavar="SLUG", help="only this target")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument(
            "--estimate",
            action="store_true",
            help="say what would be asked and what it could cost, and ask nobody",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Evaluate, print, and fail when an evaluation did."""
        if options["estimate"]:
            self._estimate(_chosen(options["target"]), as_json=options["json"])
            return
        results = [self._evaluate(target) for target in _chosen(options["target"])]
        if options["json"]:
            self.stdout.write(json.dumps([shown(result) for result in results]))
        else:
            for result in results:
                self.stdout.write("\n".join(lines(result)))
        if failed := [result.target.slug for result in results if result.error]:
            raise CommandError(f"the evaluation failed for {', '.join(failed)}")

    def _estimate(self, targets: list[Target], *, as_json: bool) -> None:
        try:
            found = [estimating.estimate(target, timezone.now()) for target in targets]
        except (NotReady, *KNOWN_FAILURES) as error:
            raise CommandError(str(error)) from error
        if as_json:
            self.stdout.write(json.dumps([estimating.shown(one) for one in found]))
        else:
            self.stdout.write("\n".join(f"{one.target.slug}: {one.verdict}" for one in found))

    def _evaluate(self, target: Target) -> Evaluation:
        try:
            return evaluate(target, timezone.now(), trigger="command")
        except NotReady as error:
            raise CommandError(str(error)) from error


def _chosen(slug: str | None) -> list[Target]:
    if slug is None:
        ready = list(Target.objects.filter(state=State.READY))
        if not ready:
            raise CommandError("no target is ready to be evaluated")
        return ready
    try:
        return [Target.objects.get(slug=slug)]
    except Target.DoesNotExist:
        known = ", ".join(Target.objects.values_list("slug", flat=True)) or "none"
        raise CommandError(f"there is no target {slug}; there are: {known}") from None


def shown(result: Evaluation) -> dict[str, Any]:
    """Return an evaluation as a script reads it."""
    return {
        "id": result.pk,
        "target": result.target.slug,
        "engine": result.engine,
        "base": result.base_commit,
        "patterns": result.patterns_seen,
        "qualified": result.qualified,
        "proposed": result.proposed,
        "duplicates": result.duplicates,
        "malformed": result.malformed,
        "asked": asked(result),
        "error": result.error,
        "considered": [
            {
                "pattern": one.pattern_id,
                "outcome": one.outcome,
                "reason": one.reason,
                "proposal": str(one.proposal_id) if one.proposal_id else None,
            }
            for one in result.considerations.all()
        ],
    }


def asked(result: Evaluation) -> dict[str, Any] | None:
    """Return what a model was shown and what that used; nothing when none was asked."""
    row = Asked.objects.filter(evaluation=result).first()
    if row is None:
        return None
    return {
        "patterns": row.patterns,
        "left_out": row.left_out,
        "tokens_estimated": row.tokens_estimated,
        "input_tokens": result.input_tokens,
        "cached_tokens": result.cached_tokens,
        "output_tokens": result.output_tokens,
        "failed_attempts": result.failed_attempts,
        "costs": exchanges.costs(exchanges.of_purpose(result.target, result.purpose)),
        "speaks_to_a_model": result.spoken_to.count(),
    }


def _spend(result: Evaluation) -> list[str]:
    """Write what was asked and used, where a model was."""
    row = asked(result)
    if row is None:
        return []
    left_out = f" (left out: {', '.join(row['left_out'])})" if row["left_out"] else ""
    used = "no answer came: what was used is unknown"
    if result.model:
        least = "at least " if result.failed_attempts else ""
        used = f"used {least}{result.input_tokens} in, {result.output_tokens} out"
    found = exchanges.of_purpose(result.target, result.purpose)
    cost = ", ".join(one.cost_said for one in found)
    return [
        f"  shown {row['patterns']} patterns{left_out}, "
        f"about {row['tokens_estimated']} tokens estimated; {used}"
        + (f"; cost {cost}" if cost else "")
    ]


def lines(result: Evaluation) -> list[str]:
    """Write an evaluation as a person reads it."""
    head = (
        f"{result.target.slug}: {result.verdict} "
        f"({result.patterns_seen} patterns, {result.qualified} qualify, "
        f"{result.duplicates} answered before, {result.malformed} not usable; "
        f"{result.get_engine_display()})"
    )
    rows = [
        f"  {one.get_outcome_display():<18} {one.pattern or 'a deleted pattern'}\n"
        f"  {'':<18} {one.reason}"
        for one in result.considerations.select_related("pattern")
    ]
    return [head, *([f"  {result.error}"] if result.error else []), *_spend(result), *rows]
