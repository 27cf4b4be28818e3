"""Who is asking: key, environment, timestamp, signature, passphrase, kind of account (api-doc, "Signature")."""

from simulator.core.accounts import Account
from simulator.core.exchange import Exchange
from simulator.dialects import signing
from simulator.dialects.bitget.errors import refused
from simulator.web import Request

LIFE_MS = 30_000
HEADERS = {
    b"access-key": ("40001", "ACCESS_KEY cannot be empty"),
    b"access-sign": ("40002", "ACCESS_SIGN cannot be empty"),
    b"access-timestamp": ("40003", "ACCESS_TIMESTAMP cannot be empty"),
    b"access-passphrase": ("40011", "ACCESS_PASSPHRASE cannot be empty"),
}
CLASSIC, UNIFIED = "classic", "unified"  # labels of accounts that are of one kind only


def is_demo(request: Request) -> bool:
    return request.header(b"paptrading") == "1"


def check(exchange: Exchange, request: Request, account: Account | None, now: int) -> Account:
    """The account, if everything is right; `account` is the key's, None where the key does not work in this environment."""
    for name, (code, text) in HEADERS.items():
        if not request.header(name):
            raise refused(code, text)
    if account is None and request.header(b"access-key") in exchange.state.by_key:
        raise refused("40099", "exchange environment is incorrect")
    if account is None:
        raise refused("40037", "Apikey does not exist")
    stamp = request.header(b"access-timestamp")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 18):
        raise refused("40005", "Invalid ACCESS_TIMESTAMP")
    if abs(now - int(stamp)) > LIFE_MS:
        raise refused("40008", "Request timestamp expired")
    query = f"?{request.query}" if request.query else ""
    text = stamp + request.method + request.path + query + request.body.decode("latin-1")
    if not signing.is_same(signing.base64_signature(account.secret, text), request.header(b"access-sign")):
        raise refused("40009", "sign signature error")
    if not signing.is_same(account.passphrase, request.header(b"access-passphrase")):
        raise refused("40012", "apikey/password is incorrect")
    check_kind(account, request.path)
    return account


def check_kind(account: Account, path: str) -> None:
    """Each kind of account has endpoints of its own. An account that is labelled neither way is served by both."""
    is_v3, rest = path.startswith("/api/v3/"), "Account API is not supported at this time"
    if account.label == UNIFIED and not is_v3:
        raise refused("40085", f"You are in Unified Account mode, and the Classic {rest}")
    if account.label == CLASSIC and is_v3:
        raise refused("40084", f"You are in Classic Account mode, and the Unified {rest}")
