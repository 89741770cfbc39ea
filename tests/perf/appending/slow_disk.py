"""How do ratios look where a disk takes its time, and always the same time?

Disks differ by the hour. Here every fsync, of the database server too, is a wait of exactly so
long: nothing is kept safe by it, and nothing needs to be.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SOURCE = """
#include <time.h>
static int late(void) { struct timespec t = {0, %d}; nanosleep(&t, 0); return 0; }
int fsync(int file) { (void)file; return late(); }
int fdatasync(int file) { (void)file; return late(); }
"""


@contextmanager
def every_fsync_takes(milliseconds: float) -> Iterator[bool]:
    """Have every process that starts meanwhile wait so long at each fsync; say if that works."""
    compiler = shutil.which("cc")
    if not (compiler and sys.platform == "linux"):
        yield False
        return
    with tempfile.TemporaryDirectory(prefix="perf-fsync-") as folder:
        place = Path(folder)
        place.chmod(0o755)  # the database server reads it as another user
        (place / "late.c").write_text(_SOURCE % int(milliseconds * 1_000_000))
        library = str(place / "late.so")
        line = [compiler, "-shared", "-fPIC", "-O2", "-o", library, str(place / "late.c")]
        subprocess.run(line, check=True)
        before = os.environ.get("LD_PRELOAD")
        os.environ["LD_PRELOAD"] = library
        try:
            yield True
        finally:
            os.environ.pop("LD_PRELOAD")
            if before is not None:
                os.environ["LD_PRELOAD"] = before
