"""Start one measurement by its name and write what it found."""

import importlib
import json
import os
import sys


def main() -> None:
    """Write one JSON document to the descriptor that the host reads."""
    name, *arguments = sys.argv[1:]
    module = importlib.import_module(f"benchmarks.inside.{name}")
    results = int(os.environ.pop("SANDBOX_RESULTS"))
    os.set_inheritable(results, False)
    document = module.report(*arguments)
    with os.fdopen(results, "wb") as file:
        # A name of a file may be no text; then its odd bytes are shown as question marks.
        file.write(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
