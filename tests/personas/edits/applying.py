"""Let git itself apply what the functions under test return."""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, str]


def after(files: Files, diff: str) -> dict[str, str]:
    """Return the files as git leaves them; it takes the diff as it stands or not at all."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text.encode())
        done = subprocess.run(
            ["git", "apply", "--whitespace=nowarn", "-"],
            cwd=folder,
            input=diff.encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode() + diff
        found = (path for path in folder.rglob("*") if path.is_file())
        return {str(p.relative_to(folder)): p.read_bytes().decode() for p in found}
