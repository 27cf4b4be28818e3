"""Tasks of this room: fetch, call, return. Mail is sent here so that no answer takes longer for a known address."""

from celery import shared_task

from accounts import mails, passwords, verification
from accounts.models import User


@shared_task(name="accounts.send_verification")
def send_verification(user_id: str) -> None:
    user = User.objects.filter(pk=user_id, is_active=True, email_verified_at=None).first()
    if user:
        mails.send_verification(user, verification.make_token(user))


@shared_task(name="accounts.send_password_reset")
def send_password_reset(email: str) -> None:
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user:
        mails.send_password_reset(user, *passwords.make_reset_token(user))


@shared_task(name="accounts.send_password_changed")
def send_password_changed(user_id: str) -> None:
    user = User.objects.filter(pk=user_id).first()
    if user:
        mails.send_password_changed(user)
