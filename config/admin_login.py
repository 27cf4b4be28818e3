"""The admin's own login page, for who comes without a destination."""

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


def log_in_to_admin(request: HttpRequest) -> HttpResponse:
    """Django's view. Without `next` it leads to the admin: the theme's form leaves out the field that Django relies on."""
    if REDIRECT_FIELD_NAME not in request.GET and REDIRECT_FIELD_NAME not in request.POST:
        named = request.GET.copy()
        named[REDIRECT_FIELD_NAME] = reverse("admin:index")
        request.GET = named  # type: ignore[assignment] # a QueryDict like any other, only not frozen yet
    return admin.site.login(request)
