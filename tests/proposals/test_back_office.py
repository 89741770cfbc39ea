"""Does the back office show the records and let nobody change them?"""

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from proposals import models
from proposals.models import Status
from targets.models import Target
from tests.factories import make_pattern, make_proposal, make_user

RECORDS = [
    models.Proposal,
    models.Transition,
    models.Review,
    models.Evidence,
    models.RejectedInput,
]


@pytest.mark.parametrize("record", RECORDS)
def test_records_can_be_read_and_not_changed(
    client: Client, target: Target, record: type[models.Proposal]
) -> None:
    make_proposal(target, status=Status.APPROVED, front=f"patterns: [{make_pattern(target).pk}]\n")
    person = make_user("admin")
    client.force_login(person)
    name = record._meta.model_name
    assert client.get(f"/admin/proposals/{name}/").status_code == 200
    request = RequestFactory().get("/")
    request.user = person
    shown = admin.site.get_model_admin(record)
    assert not shown.has_add_permission(request)
    assert not shown.has_change_permission(request)
    assert not shown.has_delete_permission(request)


def test_a_proposal_leads_to_the_page_where_it_is_decided(client: Client, target: Target) -> None:
    proposal = make_proposal(target)
    client.force_login(make_user("admin"))
    page = client.get(f"/admin/proposals/proposal/{proposal.pk}/change/").content.decode()
    assert "/admin/r/" in page
