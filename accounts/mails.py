"""What Batuta writes by e-mail about a person's own account, in their language. Plain text: nothing to click by accident."""

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User


def send_verification(user: User, token: str) -> None:
    """Ask the person to confirm their address."""
    with override(user.language):
        _send(
            user,
            _("Confirm your e-mail address"),
            _("Welcome to Batuta. Open this address to confirm that this mailbox is yours:"),
            f"{settings.BASE_URL}/verify-email/{token}/",
            _("It works for three days. If you did not register, ignore this message."),
        )


def send_password_reset(user: User, uid: str, token: str) -> None:
    """Send the link for a new password."""
    with override(user.language):
        _send(
            user,
            _("A new password for Batuta"),
            _("Somebody, probably you, asked for a new password. Open this address to choose one:"),
            f"{settings.BASE_URL}/password/reset/{uid}/{token}/",
            _("It works once and for one hour. If it was not you, ignore this message: nothing has changed."),
        )


def send_password_changed(user: User) -> None:
    """Tell the person that the password is a new one."""
    with override(user.language):
        _send(
            user,
            _("Your password was changed"),
            _("The password of your Batuta account was changed and all other sessions were ended."),
            _("If it was not you, ask for a new password at once:"),
            f"{settings.BASE_URL}/password/reset/",
        )


def _send(user: User, subject: str, *paragraphs: str) -> None:
    greeting = _("Hello %(name)s,") % {"name": user.get_short_name()}
    body = "\n\n".join([greeting, *paragraphs, "Batuta"]) + "\n"
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email])
