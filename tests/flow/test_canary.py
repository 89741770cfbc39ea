"""Does any planted secret come out anywhere, after the whole road from a log to a proposal?

Secrets stand in every text field of every kind of source; the run collects, groups, asks a model,
publishes, exports and shows. Then every door that text can leave by is searched for each of them.
"""

import json
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from audit.log import Actor
from evaluation.models import Evaluation
from evaluation.self_eval import evaluate
from ports.llm import Reply, Request
from proposals import publish
from proposals.models import Proposal
from targets.models import Target
from telemetry import ingest, mining
from telemetry.archive import export
from telemetry.imports.history import Wish, import_files
from telemetry.models import Backend, Event, Pattern, Source
from telemetry.sanitizer.rules import ISSUER_RULES
from telemetry.sanitizer.ruleset import filled
from tests.evaluation.evidence_for_tests import gateway
from tests.evaluation.test_modelled import Reading
from tests.factories import NOW, git, make_user
from tests.telemetry.planted import ISSUED, A
from tests.telemetry.scene import Log, docker_line, stamp
from tests.telemetry.test_no_leak import every_stored_text

KEYS = [*ISSUED.values(), *(filled(r.examples[0]) for r in ISSUER_RULES if not r.group)]
NAMED = ["hunter2-canary", "Tr0ub4dor-canary"]  # known only where something names them
PRIVATE = ["canary.bob@example.org", "93.184.216.34", "canary/plans/secret.txt"]
WHOLE = f"mail {PRIVATE[0]} from {PRIVATE[1]} in /home/bob/{PRIVATE[2]}"
AT = NOW - timedelta(minutes=5)


@dataclass
class Eavesdropper(Reading):
    """Answer as the scripted model does, and keep what it was told."""

    base: str = ""
    nonce: str = ""
    heard: list[str] = field(default_factory=list)

    def complete(self, request: Request) -> Reply:
        """Keep the whole question."""
        self.heard.append(f"{request.system}\n{request.prompt}")
        return super().complete(request)


def _forms(secret: str) -> list[str]:
    named = f"login failed password={secret}" if secret in NAMED else f"refused {secret}"
    return [f"{named}; {WHOLE}", json.dumps({"password": secret}), f"Bearer {A}{secret}"]


def plant(folder: Path, target: Target) -> list[Source]:
    """Write the secrets into every field of logs of three kinds."""
    files = Log(folder / "tools.log", target)
    docker = Log(folder / "x-json.log", target, Backend.DOCKER)
    audit = Log(folder / "audit.jsonl", target, Backend.AUDIT_LOG)
    for number, secret in enumerate([*KEYS, *NAMED]):
        for form in _forms(secret)[number % 3 :: 3] if secret in KEYS else _forms(secret):
            head = f"{stamp(AT)} ERROR x Tool execution tool=web_search agent=planner"
            call = f"{head} session=s-{number} success=false latency_ms=402 error_code=timeout"
            files.add(f"{call} error={json.dumps(form)}")
            quoted = json.dumps(f"secret_key={secret}")
            odd = f"{stamp(AT)} ERROR x Tool execution tool={quoted} agent={quoted}"
            docker.add(docker_line(f"{odd} session={quoted} success=false error_code={quoted}"))
            entry = {"timestamp": stamp(AT), "action": "x", "success": False, "error": form}
            bare = {} if secret in NAMED else {secret: secret}
            audit.add(json.dumps({**entry, "agent": quoted, "session": form, **bare}))
    return [files.source, docker.source, audit.source]


def history(folder: Path) -> Path:
    """Write the secrets into every field of events that are imported."""
    path = folder / "history.jsonl"
    names = ("session_id", "agent", "tool", "error_code", "error_message")
    with path.open("w") as file:
        for number, secret in enumerate([*KEYS, *NAMED]):
            said = f"token={secret} {WHOLE}"
            event = dict.fromkeys(names, said) | {"success": False, "latency_ms": 1.0}
            event |= {"event_type": "tool_call", "timestamp": stamp(AT), "id": f"{number}{said}"}
            file.write(json.dumps(event) + "\n")
    return path


def pages(client: Client) -> str:
    """Return everything that a person with all rights can look at."""
    client.force_login(make_user("admin"))
    places = [reverse("telemetry:patterns"), reverse("telemetry:events"), "/", "/evaluations/"]
    places += [each.get_absolute_url() for each in Pattern.objects.all()[:40]]
    places += [each.get_absolute_url() for each in Proposal.objects.all()]
    places += [each.get_absolute_url() for each in Evaluation.objects.all()]
    places += [f"/admin/telemetry/{name}/" for name in ("event", "pattern", "source")]
    answers = [client.get(place) for place in places]
    assert {answer.status_code for answer in answers} == {200}
    return "".join(answer.content.decode() for answer in answers)


def proposals_in_git(target: Target) -> str:
    """Return the whole history of the branch that holds the proposals."""
    return git(Path(target.origin), "log", "-p", "--all", "--format=%an %s %b")


@pytest.mark.slow
@pytest.mark.django_db
def test_no_planted_secret_leaves_by_any_door(
    tmp_path: Path, data_folder: Path, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    target, model = gateway(tmp_path), Eavesdropper()
    with caplog.at_level(logging.INFO):
        for source in plant(tmp_path, target):
            ingest.collect(source.pk, NOW)
        import_files(
            [history(tmp_path)], target, actor=Actor.system("tests"), now=NOW, wish=Wish()
        )
        mining.mine(target, NOW)
        evaluate(target, NOW, trigger="command", model=model)
        publish.publish(target, NOW)
        export.extract(target, AT.date(), NOW)
        shown = pages(client)
    assert Event.objects.count() >= 4 * len(KEYS)
    doors = {
        "tables": every_stored_text(),
        "files": "".join(
            p.read_text("utf-8", "replace") for p in data_folder.rglob("*.jsonl") if p.is_file()
        ),
        "proposals": proposals_in_git(target),
        "prompts": "\n".join(model.heard),
        "pages": shown,
        "our own log": caplog.text,
    }
    assert all(doors[name] for name in ("tables", "files", "proposals", "prompts", "pages"))
    found = {
        (door, secret)
        for door, text in doors.items()
        for secret in [*KEYS, *NAMED, *PRIVATE]
        if secret in text
    }
    assert found == set()
