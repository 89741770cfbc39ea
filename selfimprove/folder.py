"""Where the product keeps what it writes, and the key that is kept there."""

import os
import secrets
import tempfile
from pathlib import Path

from selfimprove.config import BadConfiguration

KEY = "secret_key"


def prepare(folder: Path) -> Path:
    """Make the folder, for its owner only; raise BadConfiguration when it cannot be used."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "static").mkdir(exist_ok=True)  # whitenoise warns of a folder that is not there
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, ValueError) as error:
        raise _unusable(folder, error) from error
    return folder


def secret_key(folder: Path) -> str:
    """Read the key, or make it once, readable by its owner only."""
    path = folder / KEY
    try:
        if not path.exists() or not path.read_text():
            _make_key(path)
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, error) from error


def _make_key(path: Path) -> None:
    """Move a whole key into its place: beside us others start, and none may read half of it."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{KEY}-") as file:
        file.write(secrets.token_urlsafe(50))
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            if not path.read_text():  # left by a crash or a full disk: nothing was signed with it
                path.unlink()
                os.link(file.name, path)


def _unusable(path: Path, error: Exception) -> BadConfiguration:
    why = error.strerror if isinstance(error, OSError) else str(error)
    return BadConfiguration(
        f"{path} cannot be written ({why}); choose another folder with"
        " --set paths.data=FOLDER or SELFIMPROVE_DATA_DIR"
    )
