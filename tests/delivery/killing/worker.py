"""A worker to be killed: run as a program by the tests, never imported by them.

It loads everything once, without a connection to any database, and has a child of its own do each
thing it is asked for. So a kill is one of a real process, and costs no new start.
"""

import json
import os
import sys
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

LATER = (61, 120, 600, 3900, 4200, 90_000)  # seconds; a lease lives for thirty


def prepare(folder: Path, given: dict[str, Any]) -> None:
    """Set the world's database, folder and settings."""
    import django

    django.setup()
    import httpx2  # noqa: F401 — all that is imported here, no child has to import again
    from django.conf import settings
    from django.db import connections

    from audit import follow, sequencer
    from delivery import pipeline, reconcile, revert, watchdog  # noqa: F401
    from ports.forge.github.options import GitHub
    from tests.conftest import UNCONFINED, UNPRICED
    from tests.delivery.killing import effects, scenes  # noqa: F401

    connections.databases["default"]["NAME"] = given["database"]
    settings.DATA_DIR = folder / "data"
    options = GitHub(url=given["github"], repositories={"gateway": "acme/agents"}, reviews=0)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(
        update={"sandbox": UNCONFINED, "spending": UNPRICED, "github": options}
    )
    follow.seal_on_nudge(lambda: sequencer.seal(Worker.now))


class Worker:
    """Do one thing in a world."""

    now = datetime.min.replace(tzinfo=UTC)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(self, wanted: dict[str, Any]) -> Any:
        """Make the scene: a target, its origin, a deployed checkout and an approved proposal."""
        from tests.delivery.killing import scenes

        return scenes.build(self.folder, wanted)

    def step(self, wanted: dict[str, Any]) -> Any:
        """Run the present stage, watched, and return which acts it took."""
        from delivery import pipeline
        from delivery.models import Delivery
        from tests.delivery.killing import effects

        watcher = effects.install(self.folder, None)
        run = pipeline.step(wanted["delivery"], self.now)
        if self._reported(wanted["delivery"]):
            Worker.now += timedelta(seconds=20)
            run = pipeline.step(wanted["delivery"], self.now)
        row = Delivery.objects.get(pk=wanted["delivery"])
        result = run.result if run else ""
        return {**watcher.told(), "stage": row.stage, "outcome": row.outcome, "result": result}

    def turn(self, wanted: dict[str, Any]) -> Any:
        """Have a person stop the delivery."""
        from audit.log import Actor
        from delivery import revert
        from delivery.models import Delivery

        delivery = Delivery.objects.get(pk=wanted["delivery"])
        revert.request(delivery, actor=Actor("person", "ada"), reason="Wrong.", at=self.now)
        return {}

    def work(self, wanted: dict[str, Any]) -> Any:
        """Do what the clock asks for, once; die on the way where that is wanted."""
        from tests.delivery.killing import effects

        point = wanted.get("point")
        watcher = effects.install(self.folder, effects.Point(**point) if point else None)
        self._tick(wanted["delivery"])
        return watcher.told()

    def look(self, wanted: dict[str, Any]) -> Any:
        """Have the present stage look once, while nobody reports; tell what came of it."""
        from django.db import InterfaceError, OperationalError

        from delivery import pipeline
        from delivery.models import Delivery

        try:
            runs = pipeline.drive(wanted["delivery"], lambda: Worker.now)
        except (OperationalError, InterfaceError):
            return {"away": True}
        detail = Delivery.objects.get(pk=wanted["delivery"]).detail
        return {"away": False, "results": [run.result for run in runs], "detail": detail}

    def hear(self, wanted: dict[str, Any]) -> Any:
        """Let in a request as a web process does, with all that stands around its views."""
        from django.test import Client

        visitor = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
        answer = visitor.post(
            wanted["path"],
            wanted["body"].encode(),
            content_type="application/json",
            headers=wanted["headers"],
        )
        return {"status": answer.status_code, "again": answer.headers.get("Retry-After", "")}

    def end(self, wanted: dict[str, Any]) -> Any:
        """Let time pass until everything is over, and tell what came of it."""
        from delivery import reconcile
        from delivery.models import Delivery
        from ports import temporary
        from targets.models import Target
        from targets.repository import Repository
        from tests.delivery.killing import scenes

        for seconds in LATER:
            Worker.now += timedelta(seconds=seconds)
            self._tick(wanted["delivery"])
            if Delivery.objects.filter(pk=wanted["delivery"]).exclude(outcome="").exists():
                break
        Worker.now += timedelta(minutes=10)
        reconcile.close_orphans(self.now)
        scenes.age(self.folder)
        Repository.of(Target.objects.get()).fetch()  # as the clock has it done twice a minute
        temporary.sweep()
        self._tick(wanted["delivery"])
        return scenes.told(self.folder, wanted["delivery"])

    def _tick(self, delivery: int) -> None:
        from delivery import pipeline, watchdog
        from targets.models import Target

        watchdog.expire_overdue(self.now)
        pipeline.drive(delivery, lambda: Worker.now)
        while self._reported(delivery):
            Worker.now += timedelta(seconds=20)
            pipeline.drive(delivery, lambda: Worker.now)
        watchdog.remove_orphans(Target.objects.get(), self.now)

    def _reported(self, delivery: int) -> bool:
        """Have the deployer elsewhere report that what it has taken succeeded."""
        from delivery.elsewhere import reports
        from delivery.elsewhere.records import Handed, Handover

        row = Handover.objects.filter(delivery=delivery, state=Handed.ACCEPTED).first()
        if row is None:
            return False
        said = reports.Said(reports.SUCCEEDED, str(row.uid), 1, "done", row.commit)
        reports.take(row.uid, f"end-{row.uid}", said, self.now)
        return True


def answer(folder: Path, wanted: dict[str, Any]) -> None:
    """Do what is asked in a child that may die, and print how it ended."""
    told = folder / "told.json"
    told.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setsid()
            Worker.now = datetime.fromisoformat(wanted["now"])
            told.write_text(json.dumps(getattr(Worker(folder), wanted["do"])(wanted)))
            code = 0
        except BaseException:  # noqa: BLE001 — it is told below, and the test fails
            told.write_text(json.dumps({"broke": traceback.format_exc()}))
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    said = json.loads(told.read_text()) if told.exists() else {}
    ended = {"code": os.waitstatus_to_exitcode(status), "told": said}
    sys.__stdout__.write(json.dumps(ended) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


def main(place: str) -> None:
    """Answer line by line until there is no more."""
    folder = Path(place)
    prepare(folder, json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        answer(folder, json.loads(line))


if __name__ == "__main__":
    main(sys.argv[1])
