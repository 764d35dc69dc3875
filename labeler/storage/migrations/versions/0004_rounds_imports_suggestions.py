"""Rounds, imports and suggestions in tables of their own; until now they were JSON in a run."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MOVED = ("rounds", "imports", "suggestions")
"""The keys that a run's settings lose; its artefacts lose the arrays of suggestions."""
ARRAYS = "suggestions."
LABELS, CONFIDENCES = "suggestions.labels", "suggestions.confidences"

run = sa.table(
    "run", sa.column("id"), sa.column("settings", sa.JSON), sa.column("artefacts", sa.JSON)
)
operation = sa.table("operation", sa.column("id"), sa.column("run_id"), sa.column("op_id"))


def upgrade() -> None:
    tables = _Tables(
        _create_question_round(),
        _create_label_import(),
        _create_import_operation(),
        _create_suggestions(),
    )
    connection = op.get_bind()
    for run_id, settings, artefacts in connection.execute(sa.select(run)).all():
        _Move(connection, tables, run_id).carry_out(settings, artefacts)


def _create_question_round() -> sa.Table:
    return op.create_table(
        "question_round",
        sa.Column("run_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_question_round_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_question_round")),
        sa.UniqueConstraint("run_id", "name", name=op.f("uq_question_round_run_id_name")),
    )


def _create_label_import() -> sa.Table:
    return op.create_table(
        "label_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("format", sa.String(length=200), nullable=False),
        sa.Column("n_answers", sa.Integer(), nullable=False),
        sa.Column("n_suggestions", sa.Integer(), nullable=False),
        sa.Column("is_undone", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_label_import_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_import")),
        sa.UniqueConstraint("run_id", "number", name=op.f("uq_label_import_run_id_number")),
        sqlite_autoincrement=True,
    )


def _create_import_operation() -> sa.Table:
    table = op.create_table(
        "import_operation",
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["label_import.id"],
            name=op.f("fk_import_operation_import_id_label_import"),
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operation.id"],
            name=op.f("fk_import_operation_operation_id_operation"),
        ),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_import_operation")),
    )
    op.create_index(op.f("ix_import_operation_import_id"), "import_operation", ["import_id"])
    return table


def _create_suggestions() -> sa.Table:
    table = op.create_table(
        "suggestions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("before_id", sa.Integer(), nullable=True),
        sa.Column("class_ids", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("labels", sa.String(length=200), nullable=False),
        sa.Column("confidences", sa.String(length=200), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_suggestions_run_id_run")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["label_import.id"], name=op.f("fk_suggestions_import_id_label_import")
        ),
        sa.ForeignKeyConstraint(
            ["before_id"], ["suggestions.id"], name=op.f("fk_suggestions_before_id_suggestions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestions")),
        sa.UniqueConstraint("import_id", name=op.f("uq_suggestions_import_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_suggestions_run_id"), "suggestions", ["run_id"])
    op.create_index(
        "uq_suggestions_current",
        "suggestions",
        ["run_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    return table


class _Suggested:
    """What a run suggests, and suggested before: by the number of the import it came with.

    What an import made is told by what is suggested now, and by the import after it. What neither
    names can never be suggested again.
    """

    def __init__(
        self,
        imports: list[dict[str, Any]],
        current: dict[str, Any] | None,
        artefacts: dict[str, str],
    ) -> None:
        self.current = current
        self.made: dict[int | None, tuple[dict[str, Any], dict[str, str]]] = {}
        self.before: dict[int | None, int | None] = {}
        for entry in imports:
            before = entry.get("before") or {}
            if before.get("setting"):
                made_by = before["setting"].get("import")
                self.made[made_by] = (before["setting"], before["artefacts"])
                self.before[entry["id"]] = made_by
        if current:
            self.made[current.get("import")] = (current, artefacts)

    @property
    def in_order(self) -> list[int | None]:
        """The imports that made something, the older first; None for what a copy began with."""
        return sorted(self.made, key=lambda number: number or 0)


@dataclass(frozen=True)
class _Tables:
    question_round: sa.Table
    label_import: sa.Table
    import_operation: sa.Table
    suggestions: sa.Table


@dataclass(frozen=True)
class _Move:
    """What one run kept as JSON, on its way into the tables."""

    connection: sa.Connection
    tables: _Tables
    run_id: str

    def carry_out(self, settings: dict[str, Any], artefacts: dict[str, str]) -> None:
        rounds, imports, suggested = (settings.get(key) for key in MOVED)
        for number, name in (rounds or {}).items():
            self._add(self.tables.question_round, number=int(number), name=name)
        ids = {entry["id"]: self._move_import(entry) for entry in imports or []}
        self._move_suggestions(_Suggested(imports or [], suggested, artefacts), ids)
        kept = {
            "settings": {key: value for key, value in settings.items() if key not in MOVED},
            "artefacts": {
                name: reference
                for name, reference in artefacts.items()
                if not name.startswith(ARRAYS)
            },
        }
        self.connection.execute(sa.update(run).where(run.c.id == self.run_id).values(kept))

    def _add(self, table: sa.Table, **values: Any) -> int:
        added = self.connection.execute(table.insert().values(run_id=self.run_id, **values))
        key: tuple[Any, ...] = added.inserted_primary_key or ()
        return int(key[-1])

    def _move_import(self, entry: dict[str, Any]) -> int:
        import_id = self._add(
            self.tables.label_import,
            number=entry["id"],
            file=entry["file"].encode("utf-8", "backslashreplace").decode("utf-8"),
            format=entry["format"],
            n_answers=entry["n_answers"],
            n_suggestions=entry["n_suggestions"],
            is_undone=entry["is_undone"],
            created_at=datetime.fromisoformat(entry["at"]).astimezone(UTC),
        )
        op_ids = [row["op_id"] for row in entry["operations"]]
        recorded = sa.select(operation.c.id, sa.literal(import_id)).where(
            operation.c.run_id == self.run_id, operation.c.op_id.in_(op_ids)
        )
        link = self.tables.import_operation
        self.connection.execute(link.insert().from_select(["operation_id", "import_id"], recorded))
        return import_id

    def _move_suggestions(self, suggested: _Suggested, import_ids: dict[int, int]) -> None:
        ids: dict[int | None, int] = {}
        for number in suggested.in_order:
            setting, arrays = suggested.made[number]
            has_before = number in suggested.before
            ids[number] = self._add(
                self.tables.suggestions,
                import_id=None if number is None else import_ids.get(number),
                before_id=ids[suggested.before[number]] if has_before else None,
                class_ids=setting["class_ids"],
                labels=arrays[LABELS],
                confidences=arrays[CONFIDENCES],
                is_current=setting is suggested.current,
            )
