"""How are targets added and looked at from a terminal?"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.log import Actor
from targets import registry
from targets.allowing import allow
from targets.models import State, Target

HEALTHY = {State.READY, State.NEW}


class Command(BaseCommand):
    """Add, list, refresh targets, or accept a rewritten history."""

    help = "Add, list and refresh targets, or accept a history that was rewritten."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer one form per act."""
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="add a repository to improve")
        add.add_argument("--slug", required=True, help="its short name, as in addresses")
        add.add_argument("--origin", required=True, help="path or URL of the git repository")
        add.add_argument("--name", default="", help="its name on pages")
        add.add_argument("--branch", default="main", help="the branch that is improved")
        add.add_argument("--forge", default="local", help="where it is proposed: local or github")
        add.add_argument("--deploy-path", default="", help="the checkout that the system reads")
        shown = acts.add_parser("list", help="show all targets and their state")
        shown.add_argument("--json", action="store_true", help="print JSON")
        refresh = acts.add_parser("refresh", help="fetch now; fails when one cannot be used")
        refresh.add_argument("--slug", default="", help="only this one")
        accept = acts.add_parser("accept", help="accept a history that was rewritten")
        accept.add_argument("--slug", required=True)
        accept.add_argument("--reason", required=True, help="why this was meant")

        allow = acts.add_parser("allow", help="let domains or folders stay readable in events")
        allow.add_argument("--slug", required=True)
        allow.add_argument("--domain", action="append", default=[], help="such as example.org")
        allow.add_argument("--path", action="append", default=[], help="such as /srv/agents")
        allow.add_argument("--remove", action="store_true", help="take them off the list again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the one act that was asked for."""
        acts = {"add": self.add, "list": self.show, "refresh": self.refresh, "accept": self.accept}
        acts["allow"] = self.allow
        try:
            acts[options["act"]](options)
        except (registry.BadTarget, registry.UnknownTarget, registry.NotDiverged) as error:
            raise CommandError(str(error)) from error

    def add(self, options: dict[str, Any]) -> None:
        """Add a target, then look at it at once."""
        target = registry.add(
            slug=options["slug"],
            name=options["name"],
            origin=whole(options["origin"]),
            branch=options["branch"],
            forge=options["forge"],
            deploy_path=whole(options["deploy_path"]),
            actor=Actor.system("command"),
            at=timezone.now(),
        )
        self.stdout.write(f"Added {target.slug}.")
        self.stdout.write(line(registry.refresh(target, timezone.now())))

    def show(self, options: dict[str, Any]) -> None:
        """Print every target, as lines or as JSON."""
        targets = list(Target.objects.all())
        if options["json"]:
            self.stdout.write(json.dumps([fields(target) for target in targets], indent=2))
        elif not targets:
            self.stdout.write("No target yet: manage.py target add --slug NAME --origin PATH")
        for target in [] if options["json"] else targets:
            self.stdout.write(line(target))

    def refresh(self, options: dict[str, Any]) -> None:
        """Fetch one or all; fail when one of them cannot be used."""
        slug = options["slug"]
        chosen = [registry.find(slug)] if slug else list(Target.objects.all())
        looked = [registry.refresh(target, timezone.now()) for target in chosen]
        for target in looked:
            self.stdout.write(line(target))
        broken = [target.slug for target in looked if target.state not in HEALTHY]
        if broken:
            raise CommandError(f"cannot be used as they are: {', '.join(broken)}")

    def accept(self, options: dict[str, Any]) -> None:
        """Make the origin's rewritten branch ours."""
        target = registry.find(options["slug"])
        actor = Actor.system("command")
        target = registry.accept(target, actor=actor, reason=options["reason"], at=timezone.now())
        self.stdout.write(line(target))

    def allow(self, options: dict[str, Any]) -> None:
        """Change a target's allowlist and print it."""
        if not options["domain"] and not options["path"]:
            raise CommandError("say what to allow: --domain example.org or --path /srv/agents")
        target = allow(
            registry.find(options["slug"]),
            domains=options["domain"],
            paths=options["path"],
            remove=options["remove"],
            actor=Actor.system("command"),
            at=timezone.now(),
        )
        listed = f"{target.allowed_domains}\n{target.allowed_paths}".split()
        self.stdout.write(f"{target.slug} allows: {', '.join(listed) or 'nothing of its own'}")


def whole(place: str) -> str:
    """Return the whole path of what lies at or below where the caller stands; URLs as they are."""
    path = Path(place).expanduser()
    is_path = bool(place) and (path.exists() or place.startswith((".", "~")))
    return str(path.absolute()) if is_path else place


def line(target: Target) -> str:
    """Write a target on one line."""
    return f"{target.slug:<20} {target.get_state_display():<22} {target.state_detail}"


def fields(target: Target) -> dict[str, object]:
    """Return what a script may read of a target."""
    return {
        "slug": target.slug,
        **registry.configuration(target),
        "state": target.state,
        "state_detail": target.state_detail,
        "head_commit": target.head_commit,
        "fetched_at": target.fetched_at.isoformat() if target.fetched_at else None,
    }
