"""Which bots somebody sees."""

from django.db.models import Count, QuerySet

from accounts.models import Role, User
from bots.models import Bot, BotStatus


def managed_bots(user: User) -> QuerySet[Bot]:
    """The bots that `user` may look after: a manager's own, all for administrators and support (BOT-12, D32)."""
    bots = Bot.objects.select_related("manager")
    if user.role in (Role.ADMIN, Role.SUPPORT):
        return bots
    return bots.filter(manager=user) if user.role == Role.MANAGER else bots.none()


def offered_bots() -> QuerySet[Bot]:
    """The bots that a client can subscribe to (SUB-01)."""
    return Bot.objects.filter(status=BotStatus.ACTIVE)


def count_by_status(bots: QuerySet[Bot]) -> dict[str, int]:
    """How many bots there are of each status, and in all; for the cards above a list."""
    counted = dict(bots.order_by().values_list("status").annotate(bots=Count("pk")))
    return {"all": sum(counted.values()), **{status.value: counted.get(status.value, 0) for status in BotStatus}}
