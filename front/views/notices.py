"""Notices above every page: the part that follows the live stream, and the button that puts one aside."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from front.access import person, signed_in
from front.templatetags.notices import standing
from notifications.models import Notice
from notifications.queries import own_notices
from notifications.telling import put_aside


@signed_in
def notices(request: HttpRequest) -> HttpResponse:
    """What stands, as the part of a page; 204 for a page that shows just this (`shown`): what is under a finger stays there,
    and no reader is told again what was read out already."""
    told = standing(person(request))
    if request.GET.get("shown") == told["mark"]:
        return HttpResponse(status=204)
    return render(request, "front/_notices.html", told)


@require_POST
@signed_in
def dismiss(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """The person has read it; the same trouble says nothing more until it is over."""
    notice = get_object_or_404(own_notices(person(request)), pk=notice_id)
    put_aside(Notice.objects.filter(pk=notice.pk))
    if request.headers.get("HX-Request"):
        # a refresh that was under way may bring the notice back: another one follows
        return HttpResponse(headers={"HX-Trigger-After-Swap": "notices"})
    back = request.META.get("HTTP_REFERER", "")
    allowed = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if allowed else "front:dashboard")
