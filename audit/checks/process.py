"""What does a process do that looks at stretches of the log for another one?

It reads its work from standard input and answers on standard output until that ends.
"""

import pickle
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from audit.checks.pipes import opened

if TYPE_CHECKING:
    from audit.checks.stretch import Stretch


def main() -> None:
    """Answer until nothing more is asked."""
    work, answers = opened()
    judge = pickle.load(work).judge()  # noqa: S301 - from whom we work for
    for stretch in _asked(work):
        pickle.dump(judge.judge(stretch), answers)
        answers.flush()


def _asked(work: BinaryIO) -> Iterator["Stretch"]:
    """Read what is asked until nothing more is."""
    while True:
        try:
            yield pickle.load(work)  # noqa: S301 - from whom we work for
        except EOFError:
            return


if __name__ == "__main__":
    main()
