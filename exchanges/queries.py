"""Reading exchange accounts. Every queryset starts from the person (SEC-07); none of them loads sealed keys."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from exchanges.events import held_symbols_asked, open_positions_asked, unfinished_work_asked
from exchanges.models import BalanceSnapshot, ExchangeAccount

SEALED = ("sealed_keys", "wrapped_data_key")
CANDIDATE = tuple(f"candidate__{name}" for name in SEALED)


def own_accounts(user: User) -> QuerySet[ExchangeAccount]:
    """The person's accounts that are not deleted, the main one first."""
    return (
        ExchangeAccount.objects.filter(user=user, deleted_at=None)
        .defer(*SEALED, *CANDIDATE)
        .select_related("candidate")
    )


def main_account(user: User) -> ExchangeAccount | None:
    """The account that the dashboard shows (EXC-09)."""
    return own_accounts(user).filter(is_main=True).first()


def find_account(user: User, account_id: UUID) -> ExchangeAccount | None:
    """An own account; None for everybody else's."""
    return own_accounts(user).filter(pk=account_id).first()


def count_open_positions(account: ExchangeAccount) -> int:
    """How many positions stand on the account, asked of the rooms that keep them."""
    answers: Any = open_positions_asked.send(sender=ExchangeAccount, account=account)
    return sum(count for _, count in answers)


def count_unfinished_work(account: ExchangeAccount) -> int:
    """How much is left to be done with the keys of an account that is flat, by the rooms that do it."""
    answers: Any = unfinished_work_asked.send(sender=ExchangeAccount, account=account)
    return sum(count for _, count in answers)


def held_symbols(account: ExchangeAccount) -> set[tuple[str, str, str]]:
    """Market type, symbol key and side of each position that stands on the account, by the rooms that keep them."""
    answers: Any = held_symbols_asked.send(sender=ExchangeAccount, account=account)
    return {held for _, rows in answers for held in rows}


def newest_snapshot(account: ExchangeAccount) -> BalanceSnapshot | None:
    """The balances as they were last read."""
    return account.snapshots.order_by("-taken_at").first()
