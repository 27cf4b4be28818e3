"""Headers beside the content security policy: nothing private in caches, no device access, the admin's own exceptions."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
# The admin's theme evaluates Alpine expressions and sets styles from script; nobody but staff sees these pages.
ADMIN_POLICY = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}
DOCS_POLICY = {"style-src": ["'unsafe-inline'"]}
# Replaced, not extended: beside a hash browsers ignore 'unsafe-inline', and the theme's colours would be lost.
INLINE_STYLES = {"style-src": ["'self'"]}


class BrowserSecurityMiddleware:
    """Stands right behind django-csp's middleware, which reads what is noted on the answer here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if request.path.startswith("/admin/"):
            response._csp_replace = INLINE_STYLES  # type: ignore[attr-defined] # django-csp's own way
            response._csp_update = ADMIN_POLICY  # type: ignore[attr-defined]
        elif request.path.startswith("/api/docs"):
            response._csp_replace = INLINE_STYLES  # type: ignore[attr-defined]
            response._csp_update = DOCS_POLICY  # type: ignore[attr-defined]
        user = getattr(request, "user", None)
        if request.path.startswith("/api/") or (user is not None and user.is_authenticated):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
