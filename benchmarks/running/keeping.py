"""How is what was measured kept, so that the same question need not be asked again?"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db import IntegrityError, transaction

from benchmarks.measured import Fingerprint, Found, Measured, Outcome
from benchmarks.models import Finding, Measurement
from ports.sandbox import Level
from telemetry.sanitizer import sanitize

# What did not run, or not to its end, may do so next time.
KEPT = (Outcome.MEASURED, Outcome.TOO_LITTLE)
LONGEST = 4000  # characters of an output


def find(keys: Iterable[str]) -> dict[str, Measurement]:
    """Return what is kept under these names."""
    found = Measurement.objects.filter(key__in=[key for key in keys if key])
    return {one.key: one for one in found}


def keep(key: str, name: str, measured: Measured, *, at: datetime) -> Measurement | None:
    """Keep what would come out again; return nothing where it would not, or has no name."""
    if not key or measured.outcome not in KEPT:
        return None
    row = Measurement(
        key=key,
        benchmark=name,
        outcome=measured.outcome,
        words=measured.words,
        value=measured.value,
        items=dict(measured.items),
        tool=measured.tool,
        version=measured.version,
        level=str(measured.level or ""),
        where=measured.where,
        output=measured.output,
        seconds=measured.seconds,
        measured_at=at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            Finding.objects.bulk_create(_rows(row, measured), batch_size=500)
    except IntegrityError:  # somebody else measured the same meanwhile
        return Measurement.objects.get(key=key)
    return row


def read(row: Measurement) -> Measured:
    """Return what was measured as it was."""
    return Measured(
        outcome=Outcome(row.outcome),
        words=row.words,
        value=row.value,
        findings=tuple(
            Found(Fingerprint(rule, path, symbol), line, message)
            for rule, path, symbol, line, message in row.findings.values_list(
                "rule", "path", "symbol", "line", "message"
            )
        ),
        items=MappingProxyType(row.items),
        tool=row.tool,
        version=row.version,
        level=Level(row.level) if row.level else None,
        where=row.where,
        seconds=row.seconds,
        output=row.output,
    )


def prune(now: datetime, days: int) -> int:
    """Delete measurements that no run shows and that are old."""
    old = now - timedelta(days=days)
    gone, _ = Measurement.objects.filter(measured_at__lt=old, scores=None).delete()
    return gone


def cleaned(measured: Measured) -> Measured:
    """Return what was measured as it may be kept and shown: found again, it is the same."""
    findings = measured.findings
    names = [*measured.items]
    texts = [measured.words, *names]
    for found in findings:
        name = found.fingerprint
        texts += [name.rule, name.path, name.symbol, found.message]
    words, *rest = _all_clean(texts)
    items = dict(zip(rest, measured.items.values(), strict=False))
    parts = iter(rest[len(names) :])
    return replace(
        measured,
        words=words,
        instead_because=clean(measured.instead_because),
        items=MappingProxyType(items),
        findings=tuple(
            Found(Fingerprint(rule, path, symbol), found.line, message)
            for found, rule, path, symbol, message in zip(
                findings, parts, parts, parts, parts, strict=True
            )
        ),
        output=clean(measured.output)[-LONGEST:],
    )


def clean(text: str) -> str:
    """Leave out secrets and what a database or a terminal would choke on."""
    shown = "".join(
        sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for sign in text
    )
    return sanitize(shown)[0]


def _all_clean(texts: list[str]) -> list[str]:
    """Clean many texts at once, and each by itself where a secret went over several."""
    lines = [text.replace("\n", " ") for text in texts]
    together = clean("\n".join(lines)).split("\n")
    return together if len(together) == len(lines) else [clean(line) for line in lines]


def _rows(row: Measurement, measured: Measured) -> list[Finding]:
    return [
        Finding(
            measurement=row,
            rule=found.fingerprint.rule,
            path=found.fingerprint.path[:500],
            symbol=found.fingerprint.symbol[:300],
            line=found.line,
            message=found.message[:500],
        )
        for found in measured.findings
    ]
