"""How the tests of this room write a proof of one entry without a database."""

import base64
import json

from audit import merkle
from tests.audit.copies import Made


def proof_of(log: Made, index: int) -> str:
    """Write a C2SP tlog-proof, with the entry's text beside it."""
    leaves = log.leaves()
    steps = merkle.inclusion_proof(index, len(leaves), merkle.range_hash_of(leaves))
    told = {
        "entry": log.bodies[index],
        "signature": base64.b64encode(log.signatures[index]).decode(),
        "keys": log.keys,
    }
    extra = base64.b64encode(json.dumps(told).encode()).decode()
    lines = ["c2sp.org/tlog-proof@v1", f"extra {extra}", f"index {index}"]
    lines += [base64.b64encode(step).decode() for step in steps]
    return "\n".join(lines) + f"\n\n{log.note()}"
