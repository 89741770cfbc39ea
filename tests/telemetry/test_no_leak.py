"""Do secrets in a log reach any table, file or page?"""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from telemetry import tasks
from telemetry.models import Backend, Event, Pattern
from tests.factories import make_user
from tests.telemetry.planted import CARRIERS, ISSUED, PASSWORDS
from tests.telemetry.scene import Log, add_target, docker_line, stamp

SECRETS = [*ISSUED.values(), PASSWORDS[0], PASSWORDS[2]]


def every_stored_text() -> str:
    texts: list[str] = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')  # noqa: S608  # our own names
            texts.extend(repr(row) for row in cursor.fetchall())
    return "\n".join(texts)


def plant(folder: Path) -> None:
    """Write secrets into every field of the three kinds of log."""
    target = add_target()
    at = stamp(timezone.now() - timedelta(days=1))
    files = Log(folder / "tools.log", target)
    docker = Log(folder / "x-json.log", target, Backend.DOCKER)
    audit = Log(folder / "audit.jsonl", target, Backend.AUDIT_LOG)
    for number, secret in enumerate(SECRETS):
        said = json.dumps(f"login failed password={secret} for bob@example.org at 8.8.8.8")
        outcome = f"success=false latency_ms=1 error_code=timeout error={said}"
        call = f"{at} INFO x Tool execution tool=web agent=a session=s call=c{number} {outcome}"
        files.add(
            call, f"Traceback: token={secret}", call.replace(f"call=c{number}", f"call={secret}")
        )
        named = f"{at} Tool execution tool={secret} agent={secret} session={secret} success=false"
        docker.add(docker_line(f"{named} error_code={secret} error={secret}"))
        for name in CARRIERS:
            error = CARRIERS[name](secret)
            entry = {"timestamp": at, "action": "x", "success": False, "error": error}
            audit.add(json.dumps({**entry, secret: secret}))
    failing = [secret for secret in PASSWORDS if secret == PASSWORDS[0]]
    docker.add(*(f'{{"log": {json.dumps(secret)}' for secret in failing))


@pytest.mark.django_db
def test_planted_secrets_are_in_no_table_no_file_and_on_no_page(
    tmp_path: Path, data_folder: Path, client: Client
) -> None:
    plant(tmp_path)
    tasks.collect()
    tasks.mine()
    tasks.extract()
    assert Event.objects.count() > len(SECRETS) * 10
    assert Pattern.objects.exists()
    client.force_login(make_user("admin"))
    places = [reverse("telemetry:patterns"), reverse("telemetry:events")]
    places += [pattern.get_absolute_url() for pattern in Pattern.objects.all()[:20]]
    pages = "".join(client.get(place).content.decode() for place in places)
    written = "".join(p.read_text() for p in data_folder.rglob("*.jsonl"))
    assert written
    passwords = set(PASSWORDS)
    for name, text in {"tables": every_stored_text(), "files": written, "pages": pages}.items():
        # A password alone, without anything that calls it one, cannot be known.
        found = [s for s in SECRETS if s in text and s not in passwords]
        assert found == [], name
        assert "password=hunter2" not in text
        assert "bob@example.org" not in text
        assert "8.8.8.8" not in text
