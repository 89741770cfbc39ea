"""Which diagnosis does a pattern get: a person's, what a person taught, or a rule's?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from targets.models import Target
from telemetry.models import DiagnosisRule, Pattern
from telemetry.patterns import diagnosis
from telemetry.patterns.diagnosis import Taught

BY_PERSON, LEARNT, RULE = "person:", "learnt:", "rule:"
AT_ONCE = 200
Lessons = Mapping[tuple[str, str], Sequence[Taught]]


def diagnose(pattern: Pattern, message: str = "", lessons: Lessons | None = None) -> None:
    """Set an unsaved pattern's diagnosis and explanation; a person's word is left alone."""
    text = message or pattern.template
    found = diagnosis.diagnose(pattern.error_code, text)
    pattern.explanation = diagnosis.explanation(pattern.component, pattern.error_code, found)
    if pattern.diagnosed_by.startswith(BY_PERSON):
        return
    kind = (pattern.component, pattern.error_code)
    known = _lessons(pattern.target_id, *kind) if lessons is None else lessons
    lesson = diagnosis.recall(diagnosis.telling_words(pattern.template), known.get(kind, []))
    if lesson is not None:
        pattern.diagnosis, pattern.diagnosed_by = lesson.diagnosis, f"{LEARNT}{lesson.id}"
    else:
        pattern.diagnosis, pattern.diagnosed_by = found.diagnosis, f"{RULE}{found.rule or 'none'}"


def _lessons(target_id: int, *kind: str) -> Lessons:
    """Return what was taught of a target, or of one tool and error code of it."""
    rows = DiagnosisRule.objects.filter(target_id=target_id, is_active=True)
    if kind:
        component, code = kind
        rows = rows.filter(component=component, error_code=code)
    found: dict[tuple[str, str], list[Taught]] = defaultdict(list)
    for row in rows:
        lesson = Taught(row.pk, row.diagnosis, frozenset(row.words))
        found[row.component, row.error_code].append(lesson)
    return found


def teach(pattern: Pattern, value: str, *, by: str, at: datetime) -> DiagnosisRule:
    """Make a correction a rule for the same tool, error code and words, and follow it."""
    rule = DiagnosisRule.objects.create(
        target_id=pattern.target_id,
        pattern=pattern,
        component=pattern.component,
        error_code=pattern.error_code,
        words=sorted(diagnosis.telling_words(pattern.template)),
        diagnosis=value,
        taught_by=by,
        at=at,
    )
    _again(_like(rule))
    return rule


def forget(rule_id: int) -> None:
    """Take a correction's rule back, and what it told of other patterns."""
    rule = DiagnosisRule.objects.filter(pk=rule_id).first()
    if rule is not None:
        DiagnosisRule.objects.filter(pk=rule_id).update(is_active=False)
        _again(_like(rule))


def fill_in(target: Target) -> int:
    """Diagnose patterns that were stored before there were diagnoses, some at a time."""
    rows = Pattern.objects.filter(target=target, diagnosed_by="")[:AT_ONCE]
    return _again(rows)


def told_by(pattern: Pattern) -> str:
    """Say why a pattern has its diagnosis."""
    kind, _, name = pattern.diagnosed_by.partition(":")
    if kind == "person":
        return f"{name} said so"
    if kind == "learnt":
        rule = DiagnosisRule.objects.filter(pk=int(name)).first()
        return _taught(pattern, rule) if rule else "learnt from a correction"
    if pattern.diagnosis == diagnosis.UNKNOWN:
        return "no rule knows its error code or its words"
    return f"the rule “{name}” knows its error code or its words"


def _taught(pattern: Pattern, rule: DiagnosisRule) -> str:
    mine, theirs = diagnosis.telling_words(pattern.template), frozenset(rule.words)
    return (
        f"{rule.taught_by} said so for #{rule.pattern_id}: the same tool and error code, "
        f"{len(mine & theirs)} of {len(mine | theirs)} words the same"
    )


def _like(rule: DiagnosisRule) -> Iterable[Pattern]:
    """Return what the rule may speak of: no pattern whose diagnosis a person gave."""
    return Pattern.objects.filter(
        ~Q(diagnosed_by__startswith=BY_PERSON),
        target_id=rule.target_id,
        component=rule.component,
        error_code=rule.error_code,
    )


def _again(patterns: Iterable[Pattern]) -> int:
    rows = list(patterns)
    lessons = _lessons(rows[0].target_id) if rows else {}
    for pattern in rows:
        diagnose(pattern, lessons=lessons)
    Pattern.objects.bulk_update(
        rows, ["diagnosis", "diagnosed_by", "explanation"], batch_size=AT_ONCE
    )
    return len(rows)
