"""Managers see subscribers as "Client 1a2b3c": always the same name for the same person, and no way back to them."""

from uuid import UUID

from django.utils.translation import gettext as _

from accounts.digests import keyed_digest
from accounts.models import Role, User


def pseudonym(user_id: UUID) -> str:
    """The name under which a subscriber is shown to managers."""
    return _("Client %(mark)s") % {"mark": keyed_digest("pseudonym", str(user_id))[:6]}


def may_identify(viewer: User, user_id: UUID) -> bool:
    """Whether `viewer` may see who that is: oneself, support and administrators."""
    return viewer.pk == user_id or viewer.role in (Role.SUPPORT, Role.ADMIN)


def name_for(viewer: User, owner: User) -> str:
    """What `viewer` sees in place of `owner`."""
    return owner.email if may_identify(viewer, owner.pk) else pseudonym(owner.pk)
