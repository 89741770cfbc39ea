"""An auditor who may do everything with people's names, and what verifying says of them."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from audit import sequencer
from audit.verify import Verdict, verify
from tests.audit.entries import NOW

RIGHTS = ["view_entry", "export_log", "erase_payload"]


@pytest.fixture
def auditor(client: Client) -> Client:
    user = User.objects.create_user("grace")
    user.user_permissions.set(Permission.objects.filter(codename__in=RIGHTS))
    client.force_login(user)
    return client


def whats_wrong() -> list[str]:
    sequencer.seal(NOW)
    verdict: Verdict = verify()
    return [f"{one.where}: {one.what}" for one in verdict.problems]
