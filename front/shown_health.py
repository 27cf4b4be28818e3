"""An account's health as its page shows it: what is wrong first, what is well behind a click."""

from dataclasses import dataclass

from django.utils import timezone

from exchanges.models import ExchangeAccount
from signals.readiness import AccountHealth, health_of_account
from subscriptions.models import Subscription
from subscriptions.readiness import Check, CheckState, Readiness

TROUBLES = (CheckState.FAILED, CheckState.WARNING)


@dataclass(frozen=True, slots=True)
class ShownFollowing:
    """A bot that trades on the account; `troubles` and `rest` without what the account's own section says."""

    subscription: Subscription
    readiness: Readiness
    troubles: list[Check]
    rest: list[Check]


@dataclass(frozen=True, slots=True)
class ShownHealth:
    headline: str
    worst: Readiness
    troubles: list[Check]
    rest: list[Check]
    following: list[ShownFollowing]

    @property
    def passed(self) -> int:
        return len(self._known(CheckState.OK))

    @property
    def total(self) -> int:
        return len(self._known(CheckState.OK, *TROUBLES))

    def _known(self, *states: CheckState) -> list[Check]:
        lists = [self.troubles, self.rest, *(part for row in self.following for part in (row.troubles, row.rest))]
        return [check for part in lists for check in part if check.state in states]


def show_health(account: ExchangeAccount) -> ShownHealth:
    """What is known now of the account and of each bot that trades on it."""
    return _arrange(health_of_account(account, user=account.user, now=timezone.now()))


def _arrange(health: AccountHealth) -> ShownHealth:
    shared = {check.code for check in health.account.checks}
    following = []
    for subscription, readiness in health.following:
        own = [check for check in readiness.checks if check.code not in shared]
        following.append(ShownFollowing(subscription, readiness, *_split(own)))
    return ShownHealth(health.headline, health.worst, *_split(health.account.checks), following)


def _split(checks: "list[Check] | tuple[Check, ...]") -> tuple[list[Check], list[Check]]:
    troubles = [check for check in checks if check.state in TROUBLES]
    return troubles, [check for check in checks if check.state not in TROUBLES]
