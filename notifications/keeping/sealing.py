"""How are the address and the secret of a channel kept, so that nobody reads them there?"""

import base64
import os
import re

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

FROM_ENVIRONMENT = re.compile(r"env:(NOTIFY_[A-Z0-9_]{1,80})", re.ASCII)


class CannotRead(Exception):
    """What was sealed cannot be had; the words say what to do."""


def sealed(address: str) -> str:
    """Encrypt an address, or the name of the variable that holds it."""
    return _box().encrypt(address.encode()).decode()


def opened(kept: str, *, what: str = "its address") -> str:
    """Return what was sealed in the clear; raise CannotRead when that cannot be."""
    try:
        found = _box().decrypt(kept.encode()).decode()
    except InvalidToken as error:
        raise CannotRead(f"{what} was encrypted under another SECRET_KEY: give it anew") from error
    return from_environment(found)


def from_environment(address: str) -> str:
    """Return what a variable holds where an address names one; else the address."""
    if not address.startswith("env:"):
        return address
    named = FROM_ENVIRONMENT.fullmatch(address)
    if named is None:
        raise CannotRead("write env:NOTIFY_ and capital letters: other variables are not read")
    if not (found := os.environ.get(named[1], "").strip()):
        raise CannotRead(f"the environment of this process has no {named[1]}")
    return found


def _box() -> Fernet:
    # A key of its own: what signs sessions must not also encrypt.
    derived = HKDF(SHA256(), 32, salt=None, info=b"selfimprove addresses of channels")
    return Fernet(base64.urlsafe_b64encode(derived.derive(settings.SECRET_KEY.encode())))
