"""How is a secret kept in a file so that nobody else reads it and no crash leaves half of it?"""

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

NAME = "keys"  # below the data folder
LONGEST = 1_000_000  # bytes of a file that is read


class KeyTrouble(RuntimeError):
    """A key cannot be used; the message says what, where and what to do."""


class KeyFolder:
    """Read and write the files of one host's key folder, each for its owner only."""

    def __init__(self, data: Path) -> None:
        """Take the data folder."""
        self.path = data / NAME

    def __truediv__(self, name: str) -> Path:
        """Return where a file of this folder lies."""
        return self.path / name

    def holds(self, name: str) -> bool:
        """Say whether there is such a file, readable or not."""
        try:
            return (self / name).exists()
        except OSError as error:
            raise self._unreadable(name, error) from error

    def read(self, name: str) -> str | None:
        """Return what a file says, or None when there is none; raise KeyTrouble otherwise."""
        try:
            # Without waiting: something that is no file may never say anything.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            file = os.open(self / name, flags)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(name, error) from error
        try:
            self._check_private(self.path, self.path.stat())
            self._check_private(self / name, os.fstat(file))
            return os.read(file, LONGEST).decode()
        except (OSError, UnicodeDecodeError) as error:
            raise self._unreadable(name, error) from error
        finally:
            os.close(file)

    def create(self, name: str, text: str) -> None:
        """Write a file that is not there yet; raise KeyTrouble when it is."""
        with self._whole(name, text) as written:
            try:
                os.link(written, self / name)
            except FileExistsError as error:
                raise KeyTrouble(
                    f"{self / name} is there already and is not written over"
                ) from error

    def replace(self, name: str, text: str) -> None:
        """Write a file in one step: whoever reads it sees the old or the new text, whole."""
        with self._whole(name, text) as written:
            written.replace(self / name)

    def remove(self, name: str) -> None:
        """Remove a file for good."""
        with self._told(name):
            if self.path.exists():
                (self / name).unlink(missing_ok=True)
                self._settle()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Let one process or thread of this host at a time use the folder."""
        with self._told("lock"):
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)  # waits: a queue of polls would starve someone
            yield
        finally:
            os.close(file)

    @contextlib.contextmanager
    def _whole(self, name: str, text: str) -> Iterator[Path]:
        """Write the text beside its place and to the disk; let the caller move it there."""
        beside = self / f".{name}-{secrets.token_hex(8)}"
        with self._told(name):
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._check_private(self.path, self.path.stat())
            try:
                file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                with os.fdopen(file, "wb") as opened:
                    opened.write(text.encode())
                    opened.flush()
                    os.fsync(file)
                yield beside
                self._settle()
            finally:
                beside.unlink(missing_ok=True)

    def _settle(self) -> None:
        """Make names last, as fsync of a file makes only its contents last."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _told(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise KeyTrouble(
                f"{self / name} cannot be written ({error.strerror}): the folder must belong to"
                " the user that selfimprove runs as, with room on its disk"
            ) from error

    def _unreadable(self, name: str, error: Exception) -> KeyTrouble:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        return KeyTrouble(
            f"{self / name} cannot be read ({why}): it must be a file that belongs to the user"
            " that selfimprove runs as; put it back from a backup, and never make a new one"
        )

    @staticmethod
    def _check_private(path: Path, found: os.stat_result) -> None:
        if found.st_mode & 0o077:
            wanted = "700" if stat.S_ISDIR(found.st_mode) else "600"
            raise KeyTrouble(
                f"{path} may be read or written by others (mode {stat.S_IMODE(found.st_mode):o}):"
                f" run `chmod {wanted} {path}`, and rotate the keys if somebody else had access"
            )
