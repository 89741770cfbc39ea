"""A target whose change touches one tool by name, while another one is left alone."""

from datetime import datetime, timedelta
from pathlib import Path

from delivery.models import Delivery
from proposals.models import Status
from telemetry.rollups.tables import ToolHour
from tests.delivery.scene import Scene, make_scene
from tests.factories import commit_to_origin, make_proposal, refreshed

PLACE = "tools/web_search.py"
OTHER = "fetch_page"
DIFF = f"""\
--- a/{PLACE}
+++ b/{PLACE}
@@ -1 +1 @@
-LIMIT = 400
+LIMIT = 1200
"""


def make(folder: Path) -> Scene:
    """Make a scene in which both tools were called for three hours, a tenth of it in vain."""
    scene = make_scene(folder)
    commit_to_origin(scene.target, {PLACE: "LIMIT = 400\n"})
    refreshed(scene.target)
    proposal = make_proposal(scene.target, status=Status.APPROVED, diff=DIFF)
    made = Scene(scene.folder, scene.target, proposal)
    usual(made)
    return made


def usual(scene: Scene, hours: int = 3) -> None:
    """Let both tools fail as they do, and let telemetry know of them."""
    start = scene.clock().replace(second=0) - timedelta(hours=hours)
    both(scene, start, hours * 60, touched=1, untouched=1)
    for tool in ("web_search", OTHER):
        heard(scene, tool)


def heard(scene: Scene, tool: str, agent: str = "researcher") -> None:
    """Note that an agent called a tool in the last hour."""
    fields = [field.name for field in ToolHour._meta.get_fields()]
    counts = {name: 0 for name in fields if name.startswith("under_") or name == "longer"}
    ToolHour.objects.create(
        target=scene.target,
        hour=scene.clock().replace(minute=0, second=0) - timedelta(hours=1),
        event_type="tool_call",
        component=tool,
        agent=agent,
        n=600,
        ok=540,
        timed=0,
        latency_us=0,
        **counts,
    )


def both(scene: Scene, start: datetime, minutes: int, *, touched: int, untouched: int) -> None:
    """Count ten calls a minute of each tool, so many of them failing."""
    scene.traffic(start, minutes, failing=lambda _: touched)
    scene.traffic(start, minutes, failing=lambda _: untouched, tool=OTHER)


def deployed(scene: Scene) -> Delivery:
    """Drive a delivery to its watch."""
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.stage == "watch", delivery.detail
    return delivery


def pass_by(scene: Scene, delivery: Delivery, minutes: int) -> None:
    """Let time pass and have the watch look."""
    scene.clock.at = delivery.watch.started_at + timedelta(minutes=minutes, seconds=5)
    scene.drive(delivery)
    delivery.watch.refresh_from_db()
