"""At which places is the log of this installation published?"""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from audit.anchors import places
from audit.anchors.cosignatures import read_key
from audit.anchors.file import CheckpointFile
from audit.anchors.places import Place
from ports.witness.http import HttpWitness
from selfimprove.publishing.witness import WitnessPlace
from targets import log_branch


def join() -> None:
    """Offer the places to the log."""
    places.offer(named)


def named() -> Iterator[Place]:
    """Return the places that the settings name."""
    options = settings.SELFIMPROVE.audit
    yield CheckpointFile(checkpoint_file())
    if options.publish_to_git:
        yield from log_branch.branches()
    if options.witness_url:
        yield WitnessPlace(HttpWitness(options.witness_url), read_key(options.witness_key))


def checkpoint_file() -> Path:
    """Return where the newest checkpoint is written."""
    given = settings.SELFIMPROVE.audit.checkpoint_file
    return Path(given).expanduser() if given else Path(settings.DATA_DIR) / "log" / "checkpoint"
