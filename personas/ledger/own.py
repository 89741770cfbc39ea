"""How does a target get budgets of its own?"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from audit import log
from audit.events import Event
from audit.log import Actor
from personas.models import Budget
from targets.models import Target

FIELDS = ("day_usd", "month_usd", "day_tokens", "month_tokens")
Limit = Decimal | int | None


class BadBudget(ValueError):
    """The budget cannot be set so; nothing was changed."""


def set_for(target: Target, limits: Mapping[str, Limit], *, actor: Actor, at: datetime) -> Budget:
    """Set some of a target's own budgets, or none where the settings shall hold; say who did."""
    for name, limit in limits.items():
        _check(name, limit)
    with transaction.atomic():
        Target.objects.select_for_update(no_key=True).get(pk=target.pk)
        budget, _ = Budget.objects.get_or_create(target=target)
        before = {name: getattr(budget, name) for name in limits}
        for name, limit in limits.items():
            setattr(budget, name, limit)
        if before == dict(limits):
            return budget
        _clean(budget)
        budget.save(update_fields=list(limits))
        log.record(
            Event.BUDGET_CHANGED,
            actor=actor,
            subject=f"target:{target.slug}",
            at=at,
            target=target.slug,
            facts={
                "name": target.name,
                "before": {name: _said(value) for name, value in before.items()},
                "after": {name: _said(value) for name, value in limits.items()},
            },
        )
    return budget


def _check(name: str, limit: Limit) -> None:
    if name not in FIELDS:
        raise BadBudget(f"{name}: there is no such budget; there are {', '.join(FIELDS)}")
    if limit is not None and not (limit.is_finite() if isinstance(limit, Decimal) else True):
        raise BadBudget(f"{name}: {limit} is no amount")
    if limit is not None and limit < 0:
        raise BadBudget(f"{name}: {limit} is below nothing; 0 allows nothing")


def _clean(budget: Budget) -> None:
    try:
        budget.full_clean(validate_unique=False)
    except ValidationError as error:
        told = "; ".join(
            f"{name}: {' '.join(words)}" for name, words in error.message_dict.items()
        )
        raise BadBudget(told) from error


def _said(limit: Limit) -> str:
    return "as the settings say" if limit is None else str(limit)
