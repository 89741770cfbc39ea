"""Are these many signatures right? Asked of a process of its own, as each takes its time.

Reads lines of NAME, public key, leaf hash and signature from standard input, and writes the names
of those that are wrong, and how many there were.
"""

import sys

from audit.keys.trust import signed
from audit.notes import Key


def main() -> None:
    """Answer until the end of the input."""
    keys: dict[str, Key] = {}
    count = 0
    for line in sys.stdin:
        name, public, leaf_hash, signature = line.rstrip("\n").split("\t")
        key = keys.get(public)
        if key is None:
            key = keys[public] = Key.parse(public)
        if not signed(key, leaf_hash, signature):
            sys.stdout.write(f"{name}\n")
        count += 1
    sys.stdout.write(f"{count} checked\n")


if __name__ == "__main__":
    main()
