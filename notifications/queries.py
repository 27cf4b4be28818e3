"""Whose notices stand. Every queryset starts from the person."""

from django.db.models import Q, QuerySet

from accounts.models import User
from bots.models import Bot
from exchanges.models import AccountStatus
from notifications.models import Notice, NoticeKind


def own_notices(user: User) -> QuerySet[Notice]:
    """Everything that this person was told, newest first."""
    return Notice.objects.filter(user=user).select_related("account", "bot").only(
        "id", "user", "kind", "subject", "position_id", "figures", "created_at", "dismissed_at", "resolved_at",
        "bot__name", "account__name", "account__user_id", "account__status", "account__exchange",
    )  # fmt: skip


def standing_notices(user: User) -> QuerySet[Notice]:
    """What is neither over nor put aside. An account that works again is over at once, before anybody has noted it."""
    works_again = Q(kind=NoticeKind.ACCOUNT_ATTENTION, account__status=AccountStatus.VERIFIED)
    gone = Q(account__deleted_at__isnull=False) & ~Q(kind=NoticeKind.CLOSED_UNPROTECTED)
    return own_notices(user).filter(resolved_at=None, dismissed_at=None).exclude(works_again).exclude(gone)


def notices_as_client(user: User) -> QuerySet[Notice]:
    """What stands about the person's own accounts and positions."""
    return standing_notices(user).filter(bot=None, account__isnull=False)


def notices_of_bot(user: User, bot: Bot) -> QuerySet[Notice]:
    """What stands for the manager of a bot."""
    return standing_notices(user).filter(bot=bot)
