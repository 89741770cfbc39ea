"""Does the directory still give every pseudonym the name that the log gave it?

The names themselves are compared with the rest of the words beside the log; here it is looked
whether each pseudonym still leads to its own.
"""

from collections.abc import Iterator

from django.db import connection

from audit.events import Event
from audit.people.names import ACCOUNT

Found = tuple[str, str]  # where, and what does not hold there

NAMING = (Event.PERSON_INTRODUCED, Event.PERSON_RENAMED)
# Entries first: who is introduced meanwhile is in both, or in neither.
_SQL = f"""
    SELECT said.subject, said.id, said.event, person.naming_id, person.account, account.text,
        gone.id
    FROM audit_entry AS said
    LEFT JOIN audit_person AS person ON 'person:' || person.pseudonym = said.subject
    LEFT JOIN audit_payload AS account
        ON account.entry_id = said.id AND account.name = '{ACCOUNT}'
    LEFT JOIN audit_erasure AS gone ON gone.erased_id = said.id
    WHERE said.event IN (%s, %s) ORDER BY said.id
"""  # noqa: S608 - ours
_STRANGERS = """
    SELECT person.pseudonym FROM audit_person AS person WHERE NOT EXISTS (
        SELECT 1 FROM audit_entry AS said WHERE said.id = person.naming_id
        AND said.subject = 'person:' || person.pseudonym AND said.event IN (%s, %s)
    ) ORDER BY person.pseudonym
"""


def differences() -> Iterator[Found]:
    """Compare each row of the directory with the entries that name its person."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, list(NAMING))
        rows = cursor.fetchall()
        cursor.execute(_STRANGERS, list(NAMING))
        strangers = [pseudonym for (pseudonym,) in cursor.fetchall()]
    for pseudonym in strangers:
        yield f"person {pseudonym}", "no entry gave this person the name that is shown"
    last = {subject: row for subject, *row in rows}
    introduced: set[str] = set()
    for subject, _, event, *_ in rows:
        if event == Event.PERSON_INTRODUCED and subject in introduced:
            yield _where(subject), "two entries introduce this person"
        introduced |= {subject} if event == Event.PERSON_INTRODUCED else set()
    for subject, (entry, _, naming, account, stated, gone) in last.items():
        if naming is None:
            yield _where(subject), "the directory does not know this person any more"
        elif naming != entry:
            yield _where(subject), "the name that is shown is not the last one that the log gave"
        elif account != (int(stated) if stated else None):
            why = "was erased, and has an account again" if gone else "was given another account"
            yield _where(subject), f"this person {why}"


def _where(subject: str) -> str:
    return subject.replace(":", " ", 1)
