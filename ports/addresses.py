"""Which addresses may be asked: another machine only in cipher, this one in any way?"""

import ipaddress
import re
from urllib.parse import urlsplit


def is_loopback(address: str) -> bool:
    """Tell whether an address lies on this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def private(given: str) -> str:
    """Return an address that others cannot listen to; raise ValueError for any other."""
    if not given:
        return given
    if not re.fullmatch(r"https?://[^/\s?#@\\]+(/[^\s?#@\\]*)?", given):
        raise ValueError("write https://, a host, and at most a path")
    found = urlsplit(given)
    if found.port == 0:  # a port that is no number raises by itself
        raise ValueError("there is no port 0")
    if found.scheme == "http" and not is_loopback(given):
        raise ValueError("only this machine may be asked without encryption: write https://")
    return given.rstrip("/")
