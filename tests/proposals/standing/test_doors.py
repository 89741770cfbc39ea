"""Can an agent, a program or a chat touch what lets changes through?"""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from proposals.standing import pages
from proposals.standing.records import StandingApproval
from targets.models import Target
from tests.architecture.house import ROOT
from tests.proposals.standing.scene import granted

WORDS = re.compile(r"standing/|standing_approval|proposals\.standing\.acts|\.hold\(")


def _views(within: URLResolver) -> list[URLPattern]:
    found: list[URLPattern] = []
    for one in within.url_patterns:
        found += _views(one) if isinstance(one, URLResolver) else [one]
    return found


def test_no_door_for_tokens_leads_to_an_act() -> None:
    for folder in ("selfimprove/api", "selfimprove/mcp", "selfimprove/chat"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not WORDS.search(path.read_text()), path


def test_each_address_of_an_act_asks_for_a_signed_in_person() -> None:
    acts = {pages.grant, pages.confirm, pages.revoke, pages.hold}
    found = [one for one in _views(get_resolver()) if one.callback in acts]
    assert len(found) == len(acts)
    for one in found:
        assert not hasattr(one.callback, "scope"), "a token would open it"
        assert getattr(one.callback, "login_required", True)


@pytest.mark.django_db
def test_a_token_in_the_request_signs_nobody_in(client: Client, target: Target) -> None:
    approval = granted(target)
    address = reverse("standing:confirm", args=[approval.pk])
    answer = client.post(address, headers={"Authorization": "Bearer sit_anything"})
    assert answer.status_code == 302
    assert "/sign-in/" in answer.headers["Location"]
    assert StandingApproval.objects.get().status == "GRANTED"
