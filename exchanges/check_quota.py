"""How often one person may have keys checked: every check is a request at somebody's exchange, from an address that all share.
The API and the pages count together."""

from django.http import HttpRequest

from accounts.models import User
from accounts.quotas import wait_for_quota

CHECK_QUOTA = "10/m"


def wait_for_check(request: HttpRequest, user: User) -> int:
    """Count one more check of keys for `user`; 0 when it may be made, else seconds to wait."""
    return wait_for_quota(request, "keys", CHECK_QUOTA, key=str(user.pk))
