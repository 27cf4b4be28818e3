"""Notices above every page: the part that follows the live stream, and the button that puts one aside."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from front.access import person, signed_in
from notifications.models import Notice
from notifications.queries import own_notices
from notifications.telling import put_aside


@signed_in
def notices(request: HttpRequest) -> HttpResponse:
    """What stands, as the part of a page."""
    return render(request, "front/_notices_part.html", {"user": person(request)})


@require_POST
@signed_in
def dismiss(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """The person has read it; the same trouble says nothing more until it is over."""
    notice = get_object_or_404(own_notices(person(request)), pk=notice_id)
    put_aside(Notice.objects.filter(pk=notice.pk))
    if request.headers.get("HX-Request"):
        return HttpResponse()
    back = request.META.get("HTTP_REFERER", "")
    allowed = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if allowed else "front:dashboard")
