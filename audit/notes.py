"""How is a checkpoint written down so that software that is not ours can read it?

The text of a C2SP checkpoint: origin, size and root, one per line. Signature lines join it later.
"""

import base64

ORIGIN = "selfimprove/log"


def checkpoint(*, size: int, root: bytes, origin: str = ORIGIN) -> str:
    """Write the three lines that a signature covers."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
