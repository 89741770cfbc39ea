"""Whom does somebody mean who asks for the entries of a person?

What is asked is kept and sent around by pseudonyms: a link goes on to mean the same person,
and holds no name. People see and type names.
"""

from audit.people import names

KINDS = ("user", "person")  # of subjects that name a person


def understood(given: str) -> str:
    """Return what was typed with pseudonyms in the place of a name; unchanged if nobody has it."""
    if found := names.PSEUDONYM.findall(given):
        return " ".join(found)
    return " ".join(name.pseudonym for name in names.called(given)) or given


def meant(given: str) -> tuple[str, ...]:
    """Return everybody who is meant by what was understood."""
    return tuple(names.PSEUDONYM.findall(given)) or (given,)


def in_words(given: str) -> str:
    """Return what was understood with the present names in the place of pseudonyms."""
    found = names.PSEUDONYM.findall(given)
    if not found:
        return given
    said = names.of([given])
    called = ", ".join(dict.fromkeys(said.say(one) for one in found))
    # Where the name alone would mean somebody else as well, it does not stand alone.
    return called if understood(called) == given else f"{called} ({' '.join(found)})"


def about(subject: str) -> tuple[str, ...]:
    """Return the subjects that are meant: of people, each by its pseudonym."""
    kind, _, name = subject.partition(":")
    if kind not in KINDS or not name:
        return (subject,)
    return tuple(f"{kind}:{each}" for each in meant(understood(name)))
