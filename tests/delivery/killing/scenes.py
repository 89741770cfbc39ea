"""What does a world hold at its beginning, and what is to be seen in it at its end?"""

import os
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from audit import story
from audit.events import Event
from audit.models import Entry
from audit.verify import verify
from delivery.models import Delivery, Result
from tests.delivery.elsewhere.stand import manifest as elsewhere
from tests.delivery.scene import MANIFEST, Scene, make_scene
from tests.factories import git

HOUR_AGO = 3600 * 2
ENDS = {
    Event.DELIVERY_STAGE_PASSED,
    Event.DELIVERY_STAGE_FAILED,
    Event.DELIVERY_STAGE_ERRORED,
    Event.DELIVERY_RECONCILED,
    Event.DELIVERY_MOVED,
}
COUNTED = (
    Event.DELIVERY_STARTED,
    Event.DELIVERY_DEPLOYED,
    Event.DELIVERY_REVERTED,
    Event.DELIVERY_ENDED,
    Event.DELIVERY_ALARMED,
    Event.DELIVERY_VERDICT,
)


def build(folder: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    """Make a world in which a delivery has just begun."""
    scene = make_scene(folder, manifest=_manifest(wanted))
    if wanted.get("elsewhere"):
        scene.target.deploy_path = ""
    if wanted["checked_out"]:
        _check_out(scene)
    scene.target.forge = wanted["forge"]
    scene.target.save()
    scene.usual_traffic()
    rising = 9 if wanted["harms"] else 0
    start = scene.clock().replace(second=0)
    scene.traffic(start, 200, failing=lambda minute: rising)
    delivery = scene.begin()
    return {"delivery": delivery.pk, "now": scene.clock().isoformat()}


def _manifest(wanted: dict[str, Any]) -> str:
    return elsewhere(wanted["deployer"]) if wanted.get("elsewhere") else MANIFEST


def _check_out(scene: Scene) -> None:
    """Put an ordinary repository with a checkout in the origin's place."""
    bare = Path(scene.target.origin)
    place = bare.with_name("checked-out")
    git(bare.parent, "clone", "--quiet", str(bare), place.name)
    git(place, "config", "receive.denyCurrentBranch", "updateInstead")
    git(place, "remote", "remove", "origin")
    scene.target.origin = str(place)
    scene.target.save()
    live = Path(scene.target.deploy_path)
    git(live, "remote", "set-url", "origin", str(place))


def age(folder: Path) -> None:
    """Let what killed workers left in scratch places look old, as it will be some hours later."""
    for top in (folder / "tmp", folder / "data" / "clones"):
        for place, folders, files in os.walk(top):
            for name in (*folders, *files):
                path = Path(place, name)
                if path.is_symlink():
                    continue
                then = path.stat().st_mtime - HOUR_AGO
                os.utime(path, (then, then))


def told(folder: Path, key: int) -> dict[str, Any]:
    """Return everything that two worlds must have in common when nothing was lost or doubled."""
    delivery = Delivery.objects.select_related("proposal", "target").get(pk=key)
    return {
        **_rows(delivery),
        "log": _log(),
        "origin": _origin(delivery),
        "clone": _refs(folder / "data" / "clones" / "gateway.git"),
        "live": _live(folder, delivery),
        "scratch": _scratch(folder),
    }


def _rows(delivery: Delivery) -> dict[str, Any]:
    runs = delivery.runs.order_by("id")
    watch = getattr(delivery, "watch", None)
    return {
        "outcome": delivery.outcome,
        "stands": [delivery.plan, delivery.stage, delivery.ending, delivery.hold],
        "lease": [delivery.lease_owner, str(delivery.lease_until)],
        "deployed": delivery.deployed_at is not None,
        "pull_request": delivery.pull_request,
        "proposal": list(
            delivery.proposal.transitions.order_by("version").values_list("destination", flat=True)
        ),
        "passed": [[run.plan, run.stage] for run in runs if run.result == Result.PASSED],
        "failed": [[run.plan, run.stage] for run in runs if run.result == Result.FAILED],
        "open": [[run.plan, run.stage] for run in runs if run.ended_at is None],
        "verdict": watch.verdict if watch else "",
    }


def _log() -> dict[str, Any]:
    from audit import sequencer

    sequencer.seal(datetime.fromisoformat("2026-03-03T00:00:00+00:00") + timedelta(days=9))
    verdict = verify()
    intended = Entry.objects.filter(event=Event.DELIVERY_INTENDED)
    left = [e for e in intended if not ENDS & {str(o.event) for o in story.resting_on(e)}]
    seen = Counter(Entry.objects.values_list("event", flat=True))
    return {
        "problems": [str(problem) for problem in verdict.problems],
        "unsealed": verdict.unsealed,
        "intended without an end": [entry.facts for entry in left],
        **{str(event): seen[event] for event in COUNTED},
    }


def _origin(delivery: Delivery) -> dict[str, Any]:
    place = Path(delivery.target.origin)
    main = delivery.target.branch
    found = {
        "refs": _refs(place),
        "tree": git(place, "rev-parse", f"{main}^{{tree}}"),
        "merges": git(place, "rev-list", "--count", "--merges", main),
        "reverts": git(place, "rev-list", "--count", "--grep=This reverts commit", main),
        "commits": git(place, "rev-list", "--count", main),
        "worktrees": git(place, "worktree", "list").count("\n"),
        "locks": sorted(path.name for path in place.rglob("*.lock")),
    }
    if (place / ".git").exists():
        found["checkout"] = git(place, "status", "--porcelain")
        found["mark"] = sorted(path.name for path in (place / ".git").glob("selfimprove-*"))
    return found


def _refs(place: Path) -> list[str]:
    lines = git(place, "for-each-ref", "--format=%(refname)").split()
    return [line for line in lines if "proposals" not in line]


def _live(folder: Path, delivery: Delivery) -> dict[str, Any]:
    if not delivery.target.deploy_path:
        return {"handed over": [handed.state for handed in delivery.handovers.order_by("id")]}
    live = Path(delivery.target.deploy_path)
    wanted = delivery.revert_commit or delivery.merge_commit
    reloads = folder / "reloads.txt"
    ran = reloads.read_text().split() if reloads.exists() else []
    return {
        "at": not wanted or git(live, "rev-parse", "HEAD") == wanted,
        "dirty": git(live, "status", "--porcelain", "--untracked-files=no"),
        "marks": sorted(path.name for path in (live / ".git").glob("selfimprove-moving*")),
        "last": ran[-1:],
        "ran": len(ran),
    }


def _scratch(folder: Path) -> list[str]:
    left = [path.name for path in (folder / "tmp").iterdir()]
    quarantine = folder / "data" / "clones" / "gateway.git" / "quarantine"
    left += [path.name for path in quarantine.glob("*")]
    return sorted(left)
