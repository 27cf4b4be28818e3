"""A page asked for without its closing slash. (The API answers both ways by its own patterns.)"""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import is_valid_path


def add_slash(request: HttpRequest, address: str) -> HttpResponse:
    """Send the reader on when the page exists with a slash; what is posted is never redirected."""
    if request.method not in ("GET", "HEAD") or not is_valid_path(f"/{address}/"):
        raise Http404
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"/{address}/" + (f"?{query}" if query else ""))
