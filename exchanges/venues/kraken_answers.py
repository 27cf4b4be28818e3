"""Kraken's words turned into ours: names of coins and pairs, orders. Source: docs.kraken.com, REST API.

A coin that is older than 2017 has a name with a letter before it (XXBT, ZUSD), a pair of them too (XXBTZUSD). Orders tell a
pair's other name (XBTUSD), and Bitcoin and Dogecoin have names of the exchange's own.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from exchanges.dialect import Raw, not_found
from exchanges.raw_values import decimal, decimal_or_none, require_id
from exchanges.types import Market, OrderAnswer, OrderState

_OLD_NAMES = {
    name: name[1:]
    for name in (
        "XETC", "XETH", "XLTC", "XMLN", "XREP", "XXLM", "XXMR", "XXRP", "XZEC",
        "ZAUD", "ZCAD", "ZEUR", "ZGBP", "ZJPY", "ZUSD",
    )
}  # fmt: skip
# as ccxt names them, since markets bear those names
_COINS = _OLD_NAMES | {
    "XXBT": "BTC", "XBT": "BTC", "XXDG": "DOGE", "XDG": "DOGE", "LUNA": "LUNC", "LUNA2": "LUNA", "UST": "USTC", "FEE": "KFEE",
}  # fmt: skip
_OWN_NAMES = {"BTC": "XBT", "DOGE": "XDG"}
STATES = {
    "pending": OrderState.OPEN,
    "open": OrderState.OPEN,
    "closed": OrderState.FILLED,
    "canceled": OrderState.CANCELLED,
    "expired": OrderState.EXPIRED,
}
CONDITIONAL = ("stop-loss", "take-profit", "trailing-stop")
# Two readings of a purchase by cost are told apart by this much of its cost.
TOLERANCE = Decimal("0.01")


def coin(name: str) -> str:
    """The coin of a balance. `.F` are balances that earn and trade all the same ("Get Extended Balance"); other endings stay."""
    return _COINS.get(found := name.removesuffix(".F"), found)


def names_of(market: Market) -> frozenset[str]:
    """What the exchange calls this pair: its id, and the name that orders tell."""
    own = (_OWN_NAMES.get(part, part) for part in (market.base, market.quote))
    return frozenset({market.id, "".join(own)})


def only(result: Mapping[str, Any]) -> Any:
    """What an answer tells of the one pair that was asked for."""
    (found,) = result.values()
    return found


def picker(listing: str, client_order_id: str) -> Callable[[Raw], Raw]:
    """Takes the order of that id, the newest one, out of a list of orders by the exchange's id."""

    def pick(raw: Raw) -> Raw:
        rows = [
            row | {"txid": txid}
            for txid, row in raw["result"][listing].items()
            if row.get("cl_ord_id") == client_order_id
        ]
        if not rows:
            raise not_found()
        return max(rows, key=lambda row: decimal(row["opentm"]))

    return pick


def read_order(raw: Raw, market: Market) -> OrderAnswer:
    """A row of open or closed orders, with its `txid`. The fee is in quote currency ("Total fee (quote currency)")."""
    exchange_order_id = require_id(raw, "txid")
    by_cost = "viqc" in str(raw["oflags"]).split(",")
    filled = _filled(raw, market, by_cost=by_cost)
    state = STATES[raw["status"]]
    if state is OrderState.FILLED and not filled:
        raise ValueError("closed, and nothing was traded")
    return OrderAnswer(
        client_order_id=str(raw.get("cl_ord_id") or ""),
        exchange_order_id=exchange_order_id,
        state=OrderState.PARTIAL if filled and state is OrderState.OPEN else state,
        filled_quantity=filled,
        average_price=decimal_or_none(raw["price"]) if filled else None,
        quantity=None if by_cost else decimal_or_none(raw["vol"]),
        trigger_price=_trigger(raw["descr"]),
        fee=decimal(raw["fee"]),
        fee_currency=market.quote,
        raw=raw,
    )


def _filled(raw: Mapping[str, Any], market: Market, *, by_cost: bool) -> Decimal:
    """The quantity that was traded. Of a purchase by cost the documentation has said both that `vol_exec` is in base currency
    and that it is in quote currency: cost and average price tell which."""
    told = decimal(raw["vol_exec"])
    if not by_cost or not told:
        return told
    cost, price = decimal(raw["cost"]), decimal(raw["price"])
    off_as_base, off_as_quote = abs(told * price - cost), abs(told - cost)
    if min(off_as_base, off_as_quote) > cost * TOLERANCE:
        raise ValueError("quantity, price and cost do not fit together")
    return told if off_as_base <= off_as_quote else told / price // market.quantity_step * market.quantity_step


def _trigger(description: Mapping[str, Any]) -> Decimal | None:
    """Trailing stops have a distance in its place."""
    kind, price = str(description["ordertype"]), str(description["price"])
    if not kind.startswith(("stop-loss", "take-profit")) or not price.replace(".", "", 1).isdigit():
        return None
    return decimal_or_none(price)
