"""Small real repositories for the tests of this room."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ports.git import Git
from targets.repository import Repository

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FILES: Mapping[str, bytes] = {
    "README.md": b"# Gateway\n",
    "config/tools.yaml": b"tools:\n  search:\n    timeout_ms: 400\n    retries: 0\n",
    "gateway/app.py": b"".join(f"line_{n} = {n}\n".encode() for n in range(30)),
}


def make_origin(place: Path, files: Mapping[str, bytes] = FILES) -> Repository:
    """Return a bare origin with one commit on main."""
    Git(place).run("init", "--quiet", "--bare", str(place))
    origin = Repository(place)
    if files:
        origin.commit_files("main", files, "Begin", AT, author="alice")
    return origin


def make_clone(tmp_path: Path, files: Mapping[str, bytes] = FILES) -> Repository:
    """Return a managed clone, fetched from a new origin at tmp_path/origin.git."""
    make_origin(tmp_path / "origin.git", files)
    clone = Repository.create(tmp_path / "clone.git", origin=str(tmp_path / "origin.git"))
    clone.fetch()
    return clone


def edit(path: str, old: str, new: str) -> str:
    """Return a diff that replaces the first line of a file."""
    return (
        f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-{old}\n+{new}\n"
    )


def create(path: str, text: str = "x\n", mode: str = "100644") -> str:
    """Return a diff that makes a new file with one line."""
    return (
        f"diff --git a/{path} b/{path}\nnew file mode {mode}\n--- /dev/null\n+++ b/{path}\n"
        f"@@ -0,0 +1 @@\n+{text.rstrip()}\n"
    )


RETRY = """\
--- a/config/tools.yaml
+++ b/config/tools.yaml
@@ -1,4 +1,4 @@
 tools:
   search:
     timeout_ms: 400
-    retries: 0
+    retries: 2
"""
