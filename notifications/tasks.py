"""Celery's way in."""

from celery import shared_task
from django.utils import timezone

from notifications.stocktaking import take_stock


@shared_task(name="notifications.take_stock")
def take_stock_task() -> None:
    """Tell what was not told, resolve what is over."""
    take_stock(timezone.now())
