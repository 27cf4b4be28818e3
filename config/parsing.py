"""Reading JSON bodies with limits: size before parsing, then depth, duplicate keys and numbers that are none."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from config.problems import Problem

MAX_BYTES = 64 * 1024


class LimitedJSONParser(BaseParser):
    """`application/json` up to 64 KB; larger is 413, everything else that cannot be read is 400."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise Problem(413, "too_large", _("The body is larger than 64 KB."))
        try:
            value = json.loads(body.decode(), parse_constant=_refuse_constant, object_pairs_hook=_unique)
            if b"\\u" in body:
                json.dumps(
                    value, ensure_ascii=False
                ).encode()  # half a surrogate pair can be neither stored nor answered
            return value
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not valid JSON.")) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key stands twice")
    return values
