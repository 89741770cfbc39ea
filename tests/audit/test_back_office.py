"""Does the back office show the log and permit nothing, to superusers too?"""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import sequencer
from audit.log import Actor
from audit.models import Checkpoint, Citation, Entry, KeyStatement, Node
from tests.audit.entries import NOW, write

pytestmark = pytest.mark.django_db

MODELS = [
    *("entry", "checkpoint", "citation", "node", "payload", "erasure", "savedfilter"),
    *("keystatement", "anchor", "outlet"),
]
Record = type[Entry | Checkpoint | Citation | Node | KeyStatement]


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    first, *_ = write(sequencer.RUN)
    write(1, cites=[first.uid])
    sequencer.seal(NOW)
    return client


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens(root: Client, model: str) -> None:
    assert root.get(f"/admin/audit/{model}/").status_code == 200


def test_people_are_shown_by_name_and_asked_for_once(root: Client) -> None:
    for name in ("wilma", "winston", "wanda"):
        write(2, actor=Actor("person", name))
    with CaptureQueriesContext(connection) as asked:
        text = root.get("/admin/audit/entry/").content.decode()
    assert all(name in text for name in ("wilma", "winston", "wanda"))
    assert sum("FROM audit_person" in one["sql"] for one in asked) == 1


@pytest.mark.parametrize("model", MODELS)
def test_nothing_can_be_added(root: Client, model: str) -> None:
    assert root.post(f"/admin/audit/{model}/add/", {}).status_code == 403


@pytest.mark.parametrize("model", [Entry, Checkpoint, Citation, Node, KeyStatement])
def test_nothing_can_be_changed_or_deleted(root: Client, model: Record) -> None:
    row = model.objects.all()[0]
    before = model.objects.filter(pk=row.pk).values().get()
    address = f"/admin/audit/{model._meta.model_name}/{row.pk}"
    assert root.post(f"{address}/change/", {"body": "{}"}).status_code == 403
    assert root.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).values().get() == before


def test_no_bulk_action_is_offered(root: Client) -> None:
    for model in (Entry, Checkpoint, Citation, Node, KeyStatement):
        page = admin.site._registry[model]
        answer = root.get(f"/admin/audit/{model._meta.model_name}/")
        assert page.get_actions(answer.wsgi_request) == {}
