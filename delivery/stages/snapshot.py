"""Can we come back to exactly what was there before?"""

from datetime import datetime

from delivery.stages.shape import Passed
from delivery.stages.site import Site
from targets.repository import ZERO


def run(site: Site, now: datetime) -> Passed:
    """Tag the present head of the target's branch, here and at the origin."""
    delivery = site.delivery
    again = f"-{delivery.version}" if delivery.version else ""  # its first approval had ended
    tag = f"selfimprove/snapshot/{delivery.pk}{again}"
    ref = f"refs/tags/{tag}"
    head = site.head()
    marked = site.repository.ref(ref)
    if marked is None:
        site.repository.update_ref(ref, head, ZERO)
        marked = head
    site.repository.push(f"{ref}:{ref}")  # says nothing when the origin has it already
    return Passed(f"Tagged {marked[:12]} as {tag}.", found={"snapshot_tag": tag})
