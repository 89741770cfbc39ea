"""Try whether the deployer elsewhere of a target is there and takes our signature."""

import json
import time
import uuid
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from delivery.elsewhere import handing, keys
from delivery.elsewhere.deployer import KIND, said
from ports import signed
from ports.deployer import PermanentError, TemporaryError, asked
from ports.git import GitFailed
from targets import manifest, registry
from targets.manifest import BadManifest, Webhook
from targets.models import Target
from targets.repository import RefMissing, Repository


class Command(BaseCommand):
    """Send a signed ping, which starts nothing, and print the answer."""

    help = "Send a signed ping to the deployer of a target; exit code 1: it did not take it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the target."""
        parser.add_argument("target", help="the target's short name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask it, and say what it answered."""
        try:
            target = registry.find(options["target"])
            webhook = _webhook(target)
            callback = handing.callback(uuid.uuid4(), webhook.url).rpartition("/hooks/")[0]
            answer = _ping(target, webhook)
        except (registry.UnknownTarget, BadManifest, GitFailed, RefMissing) as error:
            raise CommandError(str(error)) from error
        except (PermanentError, TemporaryError) as error:
            raise CommandError(f"{options['target']}: {error}") from error
        words = said(answer)
        if not 200 <= answer.status < 300:
            raise CommandError(f"{webhook.url} turned it away: {words}")
        self.stdout.write(f"{webhook.url} answered: {words}")
        self.stdout.write(f"It is to report to {callback}/hooks/deployments/…")


def _webhook(target: Target) -> Webhook:
    repository = Repository.of(target)
    found = manifest.read(repository, repository.head(target.branch)).webhook
    if found is None:
        raise CommandError(f"{target.slug}: its manifest has no [webhook]: see docs/deploying.md")
    return found


def _ping(target: Target, webhook: Webhook) -> asked.Answer:
    now = timezone.now().isoformat()
    told = {"type": "ping", "timestamp": now, "data": {"target": target.slug}}
    body = json.dumps(told).encode()
    secrets = keys.secrets_of(target.slug)
    headers = signed.headers(secrets, f"ping-{uuid.uuid4().hex}", int(time.time()), body)
    return asked.ask(
        asked.Request("POST", webhook.url, {**headers, **KIND}, body),
        allowed=settings.SELFIMPROVE.delivery.private_hosts,
    )
