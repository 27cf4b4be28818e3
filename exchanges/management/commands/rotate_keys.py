"""`rotate_keys`: wrap all data keys with the first key of BATUTA_KEYS, then tell how many rows hang on which key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchanges import sealed_tables, vault


class Command(BaseCommand):
    help = "Wraps every sealed row's data key with the first key of BATUTA_KEYS. Can be stopped and run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch-size", type=int, default=200)
        parser.add_argument("--report", action="store_true", help="only tell how many rows hang on which key")

    def handle(self, *, batch_size: int, report: bool, **_options: Any) -> None:
        broken: list[str] = []
        if not report:
            turned = 0
            for table, count, failed in sealed_tables.rotate_keys(batch_size=batch_size):
                turned += count
                broken += [f"{table.model} {row_id}" for row_id in failed]
            self.stdout.write(f"{turned} rows are now under key {vault.current_key_id()}")
        for model, rows in sealed_tables.rows_per_key().items():
            for key_id, count in sorted(rows.items()):
                mark = "" if key_id in vault.key_ids() else "  (this key is not in BATUTA_KEYS)"
                self.stdout.write(f"{model}: {count} rows under key {key_id}{mark}")
        if broken:
            raise CommandError("these rows do not open and were left as they are: " + ", ".join(broken))
