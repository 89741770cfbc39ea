"""How a shown column is drawn from an entry's hashed body, so that no column can lie."""

from typing import Any

from django.db.models import Func, TextField
from django.db.models.sql.compiler import SQLCompiler


class BodyText(Func):
    """Extract one text member of a canonical JSON body, on SQLite and PostgreSQL alike."""

    arity = 1
    output_field = TextField()

    def __init__(self, expression: Any, *, member: str) -> None:
        """Name the member, with a dot between levels."""
        super().__init__(expression)
        self.member = member

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        """Use json_extract."""
        template = f"json_extract(%(expressions)s, '$.{self.member}')"
        return super().as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        """Use the arrows on plain JSON: to look for one member needs no jsonb to be built."""
        *outer, last = (f"'{name}'" for name in self.member.split("."))
        path = "".join(f" -> {name}" for name in outer)
        template = f"((%(expressions)s)::json{path} ->> {last})"
        return super().as_sql(compiler, connection, template=template, **extra)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        """Tell migrations how to build this expression again."""
        expressions = self.get_source_expressions()
        return "audit.columns.BodyText", tuple(expressions), {"member": self.member}
