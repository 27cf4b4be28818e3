"""Access tokens: given for a key and its secret, good for an hour, borne by each request of an account.

A token says whose it is and until when, and is sealed with the key's secret: a simulator that starts anew knows its own.
"""

import hashlib
import json
from typing import Any

from simulator.core.accounts import Account, Environment
from simulator.core.exchange import Exchange
from simulator.dialects import signing
from simulator.dialects.call import Call
from simulator.dialects.errors import VenueError
from simulator.dialects.mercado import errors
from simulator.web import Request

LIFE_S = 3599
TYPES = {"cost": "number", "limitPrice": "number", "stopPrice": "number", "qty": "string", "externalId": "string"}


def account_id(account: Account) -> str:
    """What the exchange calls the account: of the key, and not the key."""
    return hashlib.blake2s(account.api_key.encode(), digest_size=16).hexdigest()


def key_in(token: str) -> str:
    """The key that a token names; empty for what is no token."""
    return token.removeprefix("Bearer ").rsplit(".", 2)[0] if token.startswith("Bearer ") else ""


def grant(call: Call) -> Any:
    """POST /oauth2/token, a form: `client_credentials` with scope `global`."""
    if call.text("grant_type") != "client_credentials" or call.text("scope") != "global":
        raise VenueError("invalid_request", "The grant type or the scope is not supported", 400)
    account = _account_of(call, call.text("client_id"), call.text("client_secret"))
    if account is None:
        raise VenueError("invalid_client", "Client authentication failed", 401)
    return {
        "access_token": _token(account, call.exchange.clock() + LIFE_S * 1000),
        "expires_in": LIFE_S,
        "scope": "global",
        "token_type": "bearer",
    }


def authorize(call: Call) -> Any:
    """POST /api/v4/authorize, the way before it."""
    account = _account_of(call, call.text("login"), call.text("password"))
    if account is None:
        raise errors.refused("AUTHORIZE|AUTHORIZATION|FORBIDDEN", "Invalid login or password")
    ends = call.exchange.clock() + LIFE_S * 1000
    return {"access_token": _token(account, ends), "expiration": ends // 1000}


def check(exchange: Exchange, request: Request, now: int) -> Account:
    """The account of the token. A header that holds none is another error than a token that is wrong or has ended."""
    header = request.header(b"authorization")
    parts = header.removeprefix("Bearer ").rsplit(".", 2)
    if not header.startswith("Bearer ") or len(parts) != 3 or not parts[1].isdigit():
        raise errors.not_a_token()
    account = exchange.state.by_key.get(parts[0])
    if account is None or int(parts[1]) <= now or not signing.is_same(_token(account, int(parts[1])), ".".join(parts)):
        raise errors.unauthorized()
    return account


def check_types(request: Request) -> None:
    """The fields of an order as JSON has them: 422 before anything else is looked at."""
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        return  # told by whoever reads it
    for name, kind in TYPES.items() if isinstance(body, dict) else ():
        value = body.get(name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (is_number if kind == "number" else isinstance(value, str)):
            raise errors.wrong_type(name, kind)
    if isinstance(body, dict) and not isinstance(body.get("async", False), bool):
        raise errors.wrong_type("async", "boolean")


def _account_of(call: Call, api_key: str, secret: str) -> Account | None:
    account = call.exchange.state.by_key.get(api_key)
    if account is None or account.environment is Environment.DEMO or not signing.is_same(account.secret, secret):
        return None
    return account


def _token(account: Account, ends: int) -> str:
    text = f"{account.api_key}.{ends}"
    return f"{text}.{signing.hex_signature(account.secret, text)}"
