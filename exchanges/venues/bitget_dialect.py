"""What Bitget's dialects share: its clock, answers that carry an id only, trades newest first."""

from abc import ABC

from exchanges.dialect import Call, Dialect, FillsOrder, Raw
from exchanges.errors import RefusalKind, Refused
from exchanges.types import Market, OrderAnswer
from exchanges.venues.bitget_answers import read_accepted

# Positions, prices and balances are asked for by product; USDT is the one that signals name.
PRODUCT, MARGIN_COIN = "USDT-FUTURES", "USDT"
NO_BROKER = {"broker": ""}  # else ccxt sends a channel code of its own, and orders count as brought by a broker


class BitgetDialect(Dialect, ABC):
    """Classic and unified accounts alike."""

    ccxt_id = "bitget"
    fills_page = 100
    fills_order = FillsOrder.NEWEST_FIRST

    def server_time(self) -> Call:
        return Call("publicCommonGetV2PublicTime")

    def read_server_time(self, raw: Raw) -> int:
        return int(raw["data"]["serverTime"])

    def read_placed(self, raw: Raw, market: Market, client_order_id: str) -> OrderAnswer:
        """The orderId is null where a reduce-only order replaced another one ("Place Order"): then its outcome is asked for."""
        return read_accepted(raw)


def require_usdt(market: Market) -> str:
    """The contract's symbol. Raises Refused(UNKNOWN_SYMBOL) for contracts settled in another coin: they belong to another product,
    whose positions are not read here."""
    if market.quote != MARGIN_COIN:
        raise Refused(
            f"Only contracts settled in {MARGIN_COIN} are traded here", code="not_usdt", kind=RefusalKind.UNKNOWN_SYMBOL
        )
    return market.id
