"""What a page says when somebody had keys checked often enough for now."""

from django.http import HttpRequest
from django.utils.translation import ngettext

from exchanges.check_quota import wait_for_check
from front.access import person


def refuse_check(request: HttpRequest) -> str:
    """Count one more check of keys; empty when it may be made, else when to try again, in words."""
    seconds = wait_for_check(request, person(request))
    if not seconds:
        return ""
    text = ngettext(
        "Keys were checked often enough for now; the exchange was not asked. Try again in %(count)d second.",
        "Keys were checked often enough for now; the exchange was not asked. Try again in %(count)d seconds.",
        seconds,
    )
    return text % {"count": seconds}
