"""The OpenAPI description: only `/api/v1/`, paths without a trailing slash, every problem answer declared."""

from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme

from config.problems import MEDIA_TYPE
from signals.models import Position

PREFIX = "/api/v1/"
PositionStatus, PositionSide = Position.PositionStatus, Position.Side
_REASONS = {
    "400": "A field or parameter is missing or malformed; `errors` names each.",
    "401": "Not signed in, or the token is not valid any more.",
    "403": "Signed in, but not allowed.",
    "404": "Not found, or somebody else's.",
    "405": "This path does not answer this method.",
    "406": "Only JSON is answered.",
    "413": "The body is too large.",
    "415": "Only `application/json` is read.",
    "429": "Over the quota; `Retry-After` says when to come back.",
    "503": "Try again in a moment.",
}
_FIELD_ERROR = {
    "type": "object",
    "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["field", "code", "message"],
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; `detail` is in the reader's language.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": _FIELD_ERROR},
    },
    "required": ["type", "title", "status", "code", "detail"],
}


class FamilyScheme(SimpleJWTScheme):
    """`Authorization: Bearer <access>`."""

    target_class = "accounts.authentication.FamilyAuthentication"


Endpoint = tuple[str, str, str, Any]


def keep_v1(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Leave the aliases out, and show paths without the trailing slash that is optional everywhere."""
    return [
        (path.rstrip("/"), regex, method, view) for path, regex, method, view in endpoints if path.startswith(PREFIX)
    ]


def declare_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give every operation the problems that it can answer with; an operation's own declarations stay."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in result["paths"].items():
        for operation in operations.values():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            for status in _statuses(path, operation):
                declared = operation["responses"].setdefault(status, {"description": _REASONS[status]})
                declared["content"] = declared.get("content") or content
    return result


def _statuses(path: str, operation: dict[str, Any]) -> list[str]:
    statuses = ["400", "405", "406", "429", "503"]
    if operation.get("security") and {} not in operation["security"]:
        statuses += ["401", "403"]
    asked = [*operation.get("parameters", [])]
    if "{" in path or any(parameter["name"] == "page" or is_id(parameter) for parameter in asked):
        statuses.append("404")
    if "requestBody" in operation:
        statuses += ["401", "413", "415"]
    return statuses


def is_id(parameter: dict[str, Any]) -> bool:
    """Whether a parameter names a row, which may be nobody's."""
    return bool(parameter.get("schema", {}).get("format") == "uuid")
