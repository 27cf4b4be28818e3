"""`verify_audit`: walk the audit log's chain and name every line that was altered, added or removed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit
from accounts.models import AuditEntry


class Command(BaseCommand):
    help = "Verifies the audit log's chain. Keep the printed head elsewhere: with --head it also proves that no end was cut off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head", default="", help="a head that was printed earlier, `id:digest`; it must still be there"
        )

    def handle(self, *, head: str, **_options: Any) -> None:
        broken = [f"line {number} {problem}" for number, problem in audit.broken_lines()]
        if head and not self._is_there(head):
            broken.append(f"the earlier head {head} is not there any more")
        if broken:
            raise CommandError("\n".join(broken))
        last = AuditEntry.objects.order_by("-id").first()
        count = AuditEntry.objects.count()
        self.stdout.write(f"{count} lines, all in order; head {last.pk}:{last.digest}" if last else "the log is empty")

    def _is_there(self, head: str) -> bool:
        number, _, digest = head.partition(":")
        return number.isdigit() and AuditEntry.objects.filter(pk=int(number), digest=digest).exists()
