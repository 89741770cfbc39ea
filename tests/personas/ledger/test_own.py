"""Can a target get budgets of its own, on the record, and no impossible ones?"""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from audit.sentences import sentence
from personas.ledger import own
from personas.ledger.own import BadBudget
from personas.models import Budget
from tests.factories import make_user
from tests.personas.ledger.spend import NOW, a_target

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")


def test_a_budget_is_set_once_and_the_log_says_by_whom() -> None:
    target = a_target()
    for _ in range(2):
        own.set_for(target, {"day_usd": Decimal("2.5")}, actor=ADA, at=NOW)
    assert Budget.objects.get(target=target).day_usd == Decimal("2.5")
    entry = Entry.objects.get(event=Event.BUDGET_CHANGED)
    assert sentence(entry) == "ada changed the budget of the target “Gateway”"
    assert entry.facts["before"] == {"day_usd": "as the settings say"}
    assert entry.facts["after"] == {"day_usd": "2.5"}


def test_a_budget_can_be_given_back_to_the_settings() -> None:
    own.set_for(a_target(), {"day_usd": Decimal(0), "day_tokens": 5}, actor=ADA, at=NOW)
    own.set_for(a_target(), {"day_usd": None}, actor=ADA, at=NOW)
    budget = Budget.objects.get()
    assert (budget.day_usd, budget.day_tokens) == (None, 5)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"day_usd": Decimal(-1)}, "below nothing"),
        ({"day_usd": Decimal("nan")}, "no amount"),
        ({"day_usd": Decimal("1.2345")}, "no more than 3 decimal places"),
        ({"day_usd": Decimal(10) ** 9}, "day_usd: Ensure"),
        ({"year_usd": Decimal(1)}, "there are day_usd"),
    ],
)
def test_an_impossible_budget_is_refused_and_nothing_changes(
    limits: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadBudget, match=told):
        own.set_for(a_target(), limits, actor=ADA, at=NOW)
    assert not Budget.objects.exclude(day_usd=None).exists()
    assert not Entry.objects.filter(event=Event.BUDGET_CHANGED).exists()


def test_the_back_office_sets_it_on_the_record(client: Client) -> None:
    client.force_login(make_user("admin", name="grace"))
    form = {"target": a_target().pk, "day_usd": "3", "month_usd": "", "day_tokens": "9"}
    assert client.post(reverse("admin:personas_budget_add"), form).status_code == 302
    budget = Budget.objects.get()
    assert (budget.day_usd, budget.month_usd, budget.day_tokens) == (Decimal(3), None, 9)
    assert Entry.objects.get(event=Event.BUDGET_CHANGED).actor_type == "person"


def test_the_back_office_refuses_less_than_nothing(client: Client) -> None:
    client.force_login(make_user("admin", name="grace"))
    form = {"target": a_target().pk, "day_usd": "-3"}
    assert client.post(reverse("admin:personas_budget_add"), form).status_code == 200
    assert not Budget.objects.exists()
