"""What does a process do that reads the whole index of words for another one?"""

import pickle

from audit.checks.pipes import opened


def main() -> None:
    """Answer with what the index holds of each entry, summed up."""
    work, answers = opened()
    from audit.texts import indexed  # once Django is set up

    pickle.dump(indexed.scanned(pickle.load(work)), answers)  # noqa: S301 - from whom we work for
    answers.flush()


if __name__ == "__main__":
    main()
