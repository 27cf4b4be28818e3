"""Which tables keep sealed columns, so that keys are rotated over all. Rooms above register their own in `ready()`."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models, transaction

from exchanges import vault


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A model (`app.Model`) with the columns of a `vault.Sealed`; `table`, `row_field`: what it was sealed for."""

    model: str
    table: str
    ciphertext: str
    wrapped_key: str
    key_id: str
    row_field: str = "id"

    def rows(self) -> "models.QuerySet[models.Model]":
        return apps.get_model(self.model)._default_manager.exclude(**{self.key_id: ""})

    def sealed_of(self, row: models.Model) -> vault.Sealed:
        columns = (getattr(row, name) for name in (self.ciphertext, self.wrapped_key, self.key_id))
        return vault.Sealed(*columns)


_tables: dict[str, SealedTable] = {}


def register(table: SealedTable) -> None:
    """Make a table known to the rotation of keys; registering it again changes nothing."""
    _tables[table.model] = table


def all_tables() -> list[SealedTable]:
    return list(_tables.values())


def rotate_keys(*, batch_size: int = 200) -> Iterator[tuple[SealedTable, int, list[str]]]:
    """Wrap every data key with the ring's first key; yields (table, rows turned, row ids that do not open) per batch.

    Each batch is one short transaction over rows that nobody else has locked; whatever is interrupted is resumed by the
    next run, and the product works meanwhile, since old keys still open.
    """
    for table in all_tables():
        last: object = None
        while True:
            with transaction.atomic():
                rows = table.rows().exclude(**{table.key_id: vault.current_key_id()}).order_by("pk")
                if last is not None:
                    rows = rows.filter(pk__gt=last)
                batch = list(rows.select_for_update()[:batch_size])
                if not batch:
                    break
                last = batch[-1].pk
                broken = [str(row.pk) for row in batch if not _turn(table, row)]
            yield table, len(batch) - len(broken), broken


def rows_per_key() -> dict[str, Counter[str]]:
    """How many rows of each table hang on which key id: a key with none may leave the ring."""
    return {
        table.model: Counter(dict(table.rows().values_list(table.key_id).annotate(rows=models.Count("pk")).order_by()))
        for table in all_tables()
    }


def _turn(table: SealedTable, row: models.Model) -> bool:
    try:
        sealed = vault.rewrap(table=table.table, row_id=getattr(row, table.row_field), sealed=table.sealed_of(row))
    except vault.SealBroken:
        return False
    columns = {table.wrapped_key: sealed.wrapped_key, table.key_id: sealed.key_id}
    type(row)._default_manager.filter(pk=row.pk).update(**columns)
    return True
