"""Did whoever holds the secret send exactly these bytes, and just now?"""

import hashlib
import hmac


def sign(secret: str, version: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a request, as Slack makes it: over version, moment and body."""
    base = f"{version}:{timestamp}:".encode() + body
    return f"{version}={hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()}"


def holds(given: str, secret: str, version: str, timestamp: str, body: bytes) -> bool:
    """Tell whether a signature is that of a request, in a time that tells nothing of it."""
    wanted = sign(secret, version, timestamp, body)
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def is_fresh(timestamp: str, now: float, window: int) -> bool:
    """Tell whether a moment in seconds lies within the window, before or behind."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now - int(timestamp)) <= window
