"""How do the tables of this measurement come to be, and the rows in them?"""

from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

MOST_WRITERS = 16

_CHAINS = (
    "CREATE TABLE naive_chain (id {key}, body TEXT, prev VARCHAR(64), hash VARCHAR(64))",
    "CREATE TABLE naive_head (id INTEGER PRIMARY KEY, hash VARCHAR(64))",
    "INSERT INTO naive_head VALUES (1, '')",
)
_DEFERRED = (
    "CREATE TABLE late_chain (id {key}, body TEXT, prev VARCHAR(64), hash VARCHAR(64))",
    "CREATE TABLE late_head (id INTEGER PRIMARY KEY, hash VARCHAR(64))",
    "INSERT INTO late_head VALUES (1, '')",
    """CREATE FUNCTION late_seal() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE before VARCHAR(64); made VARCHAR(64);
    BEGIN
        PERFORM pg_advisory_xact_lock(771);
        SELECT hash INTO before FROM late_head WHERE id = 1;
        made := encode(sha256(convert_to(before || NEW.body, 'UTF8')), 'hex');
        UPDATE late_chain SET prev = before, hash = made WHERE id = NEW.id;
        UPDATE late_head SET hash = made WHERE id = 1;
        RETURN NULL;
    END $$""",
    "CREATE CONSTRAINT TRIGGER late_seal AFTER INSERT ON late_chain DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION late_seal()",
)
_KEYS = {
    "sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "postgresql": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
}


def prepare() -> None:
    """Set Django up, make the product's tables, and then those that are measured."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    models = list(apps.get_app_config("appending").get_models())
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)
    _make_chains()
    _guard()
    for model in models:
        if model.__name__ in {"Plain", "Diffed", "Tracked"}:
            _managed(model).bulk_create(model(pk=key) for key in range(1, MOST_WRITERS + 1))
    for key in range(1, MOST_WRITERS + 1):
        _begin_tied(key)


def _managed(model: Any) -> Any:
    return model._default_manager


def _make_chains() -> None:
    late = _DEFERRED if connection.vendor == "postgresql" else ()
    with connection.cursor() as cursor:
        for statement in (*_CHAINS, *late):
            cursor.execute(statement.replace("{key}", _KEYS[connection.vendor]))


def _guard() -> None:
    """Put the triggers in place that watch over rows whose tables have only now been made."""
    from audit.ties import guards

    guards.install(connection)
    assert not guards.missing(connection)
    if apps.is_installed("pghistory"):
        import_module("pgtrigger").install()


def _begin_tied(key: int) -> None:
    from audit import log
    from audit.events import Event
    from audit.models import Transition
    from tests.perf.appending.models import STATES, TIE

    first = Transition(version=0, source="", destination=STATES[0])
    with transaction.atomic():
        _managed(TIE.model).create(pk=key, last_transition_id=first.uid)
        log.record(
            Event.DELIVERY_MOVED,
            actor=log.Actor.system("perf"),
            subject=TIE.subject(key),
            at=timezone.now(),
            transition=first,
        )
