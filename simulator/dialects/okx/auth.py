"""Who is asking: key, passphrase, timestamp, signature and the mark of demo trading (docs-v5, "REST authentication")."""

from datetime import datetime

from simulator.core.accounts import Account
from simulator.core.exchange import Exchange
from simulator.dialects import signing
from simulator.dialects.errors import VenueError
from simulator.dialects.okx.errors import bad_key
from simulator.web import Request

LIFE_MS = 30_000
HEADERS = {
    b"ok-access-key": "50103",
    b"ok-access-passphrase": "50104",
    b"ok-access-sign": "50106",
    b"ok-access-timestamp": "50107",
}


def is_demo(request: Request) -> bool:
    return request.header(b"x-simulated-trading") == "1"


def check(exchange: Exchange, request: Request, account: Account | None, now: int) -> Account:
    """The account, if everything is right; `account` is the key's, None where the key does not work in this environment."""
    for name, code in HEADERS.items():
        if not request.header(name):
            raise bad_key(code, f'Request header "{name.decode().upper()}" cannot be empty.')
    if account is None and request.header(b"ok-access-key") in exchange.state.by_key:
        raise bad_key("50101", "APIKey does not match current environment.")
    if account is None:
        raise bad_key("50119", "API key doesn't exist")
    stamp = _milliseconds(request.header(b"ok-access-timestamp"))
    if abs(now - stamp) > LIFE_MS:
        raise bad_key("50102", "Timestamp request expired.")
    query = f"?{request.query}" if request.query else ""
    text = request.header(b"ok-access-timestamp") + request.method + request.path + query
    expected = signing.base64_signature(account.secret, text + request.body.decode("latin-1"))
    if not signing.is_same(expected, request.header(b"ok-access-sign")):
        raise bad_key("50113", "Invalid signature.")
    if not signing.is_same(account.passphrase, request.header(b"ok-access-passphrase")):
        raise bad_key("50105", 'Request header "OK-ACCESS-PASSPHRASE" incorrect.')
    return account


def check_deadline(request: Request, now: int) -> None:
    """`expTime` of an order: after it the order is dropped."""
    deadline = request.header(b"exptime")
    if deadline and not (deadline.isdigit() and int(deadline) >= now):
        text = "The expTime can't be earlier than the current system time. Please adjust the expTime and try again."
        raise VenueError("50036", text)


def _milliseconds(stamp: str) -> int:
    """ISO 8601 in UTC with milliseconds, as 2020-12-08T09:08:57.715Z."""
    try:
        moment = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError:
        raise bad_key("50112", "Invalid OK-ACCESS-TIMESTAMP.") from None
    return round(moment.timestamp() * 1000)
