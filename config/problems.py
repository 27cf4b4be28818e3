"""Errors as RFC 9457 problem JSON: `type, title, status, code, detail`, and `errors: [{field, code, message}]` for fields.

`code` is stable and for programs; `detail` and `message` are in the reader's language.
"""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
FieldError = dict[str, str]


class Problem(exceptions.APIException):
    """An answer that is an error: raise it anywhere below a view. `members` are added to the body."""

    def __init__(self, status: int, code: str, detail: Any, **members: Any) -> None:
        self.status_code = status
        self.members = members
        super().__init__(detail, code)


class FieldProblem(Problem):
    """A 400 (or `status`) about fields: `errors` maps field → message; one code for all."""

    def __init__(self, errors: dict[str, Any], code: str = "invalid", *, status: int = 400) -> None:
        self.field_errors = errors
        detail = " ".join(force_str(message) for message in errors.values())
        members = [{"field": name, "code": code, "message": force_str(message)} for name, message in errors.items()]
        super().__init__(status, code, detail, errors=members)


def problem_body(status: int, code: str, detail: str, **members: Any) -> dict[str, Any]:
    """The JSON of a problem."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **members}


def answer_problem(error: Exception, _context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every known error becomes a problem; unknown ones are left to Django (500)."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, DjangoValidationError):
        error = exceptions.ValidationError(as_serializer_error(error))
    elif isinstance(error, OperationalError | InterfaceError):
        logger.error("the database did not answer", exc_info=error)
        error = Problem(503, "unavailable", _("Try again in a moment."))
    if not isinstance(error, exceptions.APIException):
        return None
    status, code, detail, members = _read(error)
    response = Response(
        problem_body(status, code, detail, **members), status=status, headers=_headers(error), content_type=MEDIA_TYPE
    )
    response.exception = True
    return response


def answer_problem_as_page(status: int, code: str, detail: Any, **members: Any) -> JsonResponse:
    """A problem from outside DRF (middleware, plain views, handlers)."""
    return JsonResponse(
        problem_body(status, code, force_str(detail), **members), status=status, content_type=MEDIA_TYPE
    )


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def answer_400(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return answer_problem_as_page(400, "bad_request", _("The request could not be read."))
    return defaults.bad_request(request, exception)


def answer_403(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return answer_problem_as_page(403, "permission_denied", _("You may not do this."))
    return defaults.permission_denied(request, exception)


def answer_404(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return answer_problem_as_page(404, "not_found", _("Not found."))
    return defaults.page_not_found(request, exception)


def answer_500(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return answer_problem_as_page(500, "internal_error", _("Something went wrong on our side."))
    return defaults.server_error(request)


def _read(error: exceptions.APIException) -> tuple[int, str, str, dict[str, Any]]:
    if isinstance(error, Problem):
        return error.status_code, str(error.get_codes()), force_str(error.detail), error.members
    if isinstance(error, exceptions.ValidationError):
        errors = list(_flatten(error.detail))
        return 400, "invalid", _sentence(errors), {"errors": errors}
    detail = error.detail
    if isinstance(detail, dict):  # simplejwt: {"detail": …, "code": …}
        return error.status_code, force_str(detail.get("code", "error")), force_str(detail.get("detail", "")), {}
    codes = error.get_codes()
    return error.status_code, codes if isinstance(codes, str) else "error", force_str(detail), {}


def _flatten(detail: Any, path: str = "") -> Iterator[FieldError]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name in ("non_field_errors", "__all__") else force_str(name)
            yield from _flatten(inner, f"{path}.{own}" if path and own else path or own)
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            yield from _flatten(inner, f"{path}.{number}" if isinstance(inner, dict | list) and inner else path)
    else:
        yield {"field": path, "code": getattr(detail, "code", "invalid"), "message": force_str(detail)}


def _sentence(errors: list[FieldError]) -> str:
    return " ".join(f"{error['field']}: {error['message']}" if error["field"] else error["message"] for error in errors)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers: dict[str, str] = {}
    if authenticate := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait))
    return headers
