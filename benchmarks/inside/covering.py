"""Which lines do the tests reach? It starts the tests' own driver, and coverage beside it.

It stands alone: the tests run in this process, and nothing of ours may be in their way.
"""

import importlib.util
import json
import os
import runpy
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def main() -> int:
    """Run the tests under coverage and write its report to the host."""
    folder = sys.argv.pop(1)
    results = os.dup(int(os.environ.pop("SANDBOX_RESULTS")))
    coverage = _coverage(folder)
    measured = coverage.Coverage(
        config_file=str(HERE / "coveragerc"), data_file=None, source=["."]
    )
    os.environ["SANDBOX_RESULTS"] = str(os.open(os.devnull, os.O_WRONLY))
    measured.start()
    try:
        # The lines of the ledger are for another benchmark; here only what was reached counts.
        code = runpy.run_path(str(HERE / "driver.py"), run_name="driver")["main"]()
    finally:
        measured.stop()
    place = Path.home() / "coverage.json"
    try:
        measured.json_report(outfile=str(place))
        document = {"code": code, "report": json.loads(place.read_bytes())}
    except coverage.CoverageException as error:
        document = {"code": code, "trouble": str(error)}
    with os.fdopen(results, "wb") as file:
        file.write(json.dumps(document).encode())
    return 0


def _coverage(folder: str) -> ModuleType:
    """Load coverage, and nothing else, from the folder that it is installed in."""
    place = Path(folder) / "coverage"
    spec = importlib.util.spec_from_file_location(
        "coverage", place / "__init__.py", submodule_search_locations=[str(place)]
    )
    if spec is None or spec.loader is None:
        raise SystemExit(1)
    module = importlib.util.module_from_spec(spec)
    sys.modules["coverage"] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    leave = os._exit
    leave(main())  # no thread, and nothing that waits for the end, has a word after it
