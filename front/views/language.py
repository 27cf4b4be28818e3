"""The language switch: a cookie for visitors, the profile for people who are logged in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from accounts.models import User

ONE_YEAR_S = 365 * 24 * 3600


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Read Batuta in `language` from now on, and go back to the page `next`."""
    language, address = request.POST.get("language", ""), request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        address = reverse("front:landing")
    response = HttpResponseRedirect(address)
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(language=language)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=ONE_YEAR_S, samesite="Lax", secure=settings.HTTPS
        )
    return response
