"""A subscription's status and the moves between them (SUB-08, D18). Pure."""

from subscriptions.models import SubscriptionStatus

MOVES: dict[str, tuple[str, ...]] = {
    SubscriptionStatus.ACTIVE: (SubscriptionStatus.PAUSED, SubscriptionStatus.CANCELLED),
    SubscriptionStatus.PAUSED: (SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELLED),
    SubscriptionStatus.CANCELLED: (SubscriptionStatus.ACTIVE,),  # subscribing again
}
