"""How does somebody who holds one entry show it to be in the log, without the log?"""

import base64
import json

from django.db.models import Q

from audit import proofs
from audit.models import Checkpoint, Entry, KeyStatement

FORMAT = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"


class NotProven(Exception):
    """The entry cannot be proven now; the words say why and what to do."""


def bundle(entry: Entry) -> str:
    """Write a C2SP tlog-proof of an entry under the newest checkpoint; raise NotProven.

    What others call extra data holds the entry's text, its writer's signature and what the key
    of the log says about that writer: none of it is believed by who verifies it.
    """
    checkpoint = Checkpoint.objects.order_by("-size").first()
    proof = proofs.under(entry, checkpoint) if checkpoint else None
    if checkpoint is None or proof is None:
        raise NotProven("the entry is not sealed yet; that takes seconds while the worker runs")
    if not proof.holds:
        raise NotProven(
            "the entry does not lead to the root of the newest checkpoint: it, or another entry,"
            " was changed; run `manage.py verify-log`"
        )
    lines = [
        FORMAT,
        f"extra {_base64(_beside(entry).encode())}",
        f"index {proof.index}",
        *(_base64(bytes.fromhex(step)) for step in proof.hashes),
    ]
    return "\n".join(lines) + f"\n\n{checkpoint.note}"


def _beside(entry: Entry) -> str:
    writer = str(entry.writer).partition("#")[0]
    changes = Q(note__contains="/log-key\n")  # by which the log's key, or its name, was changed
    about = KeyStatement.objects.filter(Q(about=writer) | changes).order_by("pk")
    told = {
        "entry": entry.body,
        "signature": entry.signature,
        "keys": list(about.values_list("note", flat=True)),
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
