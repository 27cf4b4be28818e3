"""Kraken spot: what is sent and how answers are read. Source: docs.kraken.com, REST API, "Add Order" and "Account Data".

Fees are asked for in quote currency (`fciq`), so that what was bought is what can be sold. Orders say until when they may
be carried out (`deadline`). Every private request is a POST, questions too.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from exchanges.dialect import Call, Dialect, FillsOrder, ProtectionCall, Raw
from exchanges.raw_values import decimal, moment, plain
from exchanges.types import (
    Balance,
    ExchangeFill,
    KeyReport,
    Leg,
    Market,
    OrderAnswer,
    OrderState,
    OrderTerms,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venues.kraken_answers import CONDITIONAL, coin, names_of, only, picker, read_order

# "min now() + 2 seconds": three more for the way there
ORDER_LIFE_MS = 5_000
HALF_A_SECOND_MS = 500
# Of a pair's `cost_decimals` we know nothing: cents are few enough for sums of money, eight decimals for sums of coins.
CENT, EIGHTH = Decimal("0.01"), Decimal("0.00000001")


def deadline(now_ms: int) -> Mapping[str, str]:
    """RFC 3339, by the exchange's clock."""
    return {"deadline": moment(now_ms + ORDER_LIFE_MS).isoformat(timespec="milliseconds").replace("+00:00", "Z")}


class KrakenSpot(Dialect):
    ccxt_id = "kraken"
    fills_window = timedelta(days=30)
    fills_page = 50
    fills_order = FillsOrder.NEWEST_FIRST

    def server_time(self) -> Call:
        return Call("publicGetTime")

    def read_server_time(self, raw: Raw) -> int:
        """Whole seconds are told: half a second off at most."""
        return int(raw["result"]["unixtime"]) * 1000 + HALF_A_SECOND_MS

    # market data
    def price(self, market: Market) -> Call:
        return Call("publicGetTicker", {"pair": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(only(raw["result"])["c"][0])

    def prices(self) -> Call:
        return Call("publicGetTicker")

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        told = ((market_id, decimal(row["c"][0])) for market_id, row in raw["result"].items())
        return {market_id: price for market_id, price in told if price}

    def best_bid_ask(self, market: Market) -> Call:
        return Call("publicGetDepth", {"pair": market.id, "count": "1"})

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        book = only(raw["result"])
        if not book["bids"] or not book["asks"]:
            return None
        return decimal(book["bids"][0][0]), decimal(book["asks"][0][0])

    # orders
    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        """`viqc`: the volume is in quote currency, for purchases at the market only. The fee comes on top."""
        spent = plain(cost.quantize(CENT if cost >= 1 else EIGHTH, ROUND_DOWN))
        return _order(market, Side.BUY, spent, client_order_id, {"ordertype": "market", "oflags": "fciq,viqc"})

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        more = {"ordertype": "market", "oflags": "fciq"}
        return _order(market, side.exit_side, plain(quantity), client_order_id, more)

    def read_placed(self, raw: Raw, market: Market, client_order_id: str) -> OrderAnswer:
        """The exchange's id and a sentence. Without an id it was validated and nothing more."""
        (exchange_order_id,) = raw["result"]["txid"]
        if not exchange_order_id or not isinstance(exchange_order_id, str):
            raise ValueError("no order id")
        echoed = str(raw["result"].get("cl_ord_id") or client_order_id)
        return OrderAnswer(echoed, exchange_order_id, OrderState.OPEN, Decimal(0), None, raw=raw)

    def order_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        """An order at the market is among the closed ones at once. What is in neither list may have left the second one for the
        first in between. QueryOrders takes none of our ids."""
        still_open, closed = _lists(client_order_id)
        return closed, still_open, closed

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return read_order(raw, market)

    # protection
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        """The stop, sold at the market. No order here ends another one, so the target is watched by us. Triggered by the last
        price: an index is not to be had for every pair ("Index unavailable")."""
        return [
            ProtectionCall(
                _order(
                    market, side.exit_side, plain(quantity), leg.client_order_id,
                    {"ordertype": "stop-loss", "price": plain(leg.trigger_price), "trigger": "last", "oflags": "fciq"},
                ),
                (leg,),
            )
            for leg in legs
            if leg.leg is Leg.STOP
        ]  # fmt: skip

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        return [self.read_placed(raw, market, leg.client_order_id) for leg in legs]

    def standing(self, market: Market) -> Call:
        return Call("privatePostOpenOrders")

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        names = names_of(market)
        return [
            read_order(row | {"txid": txid}, market)
            for txid, row in raw["result"]["open"].items()
            if row["descr"]["pair"] in names and row["descr"]["ordertype"].startswith(CONDITIONAL)
        ]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        return _lists(client_order_id)

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        """A triggered stop stays the same order."""
        return read_order(raw, market)

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        return Call("privatePostCancelOrder", {"cl_ord_id": client_order_id})

    # what the account holds
    def balances(self) -> Call:
        return Call("privatePostBalanceEx")

    def read_balances(self, raw: Raw) -> list[Balance]:
        """`balance` and `hold_trade`; what earns and can be traded all the same is put together with the rest."""
        totals: dict[str, list[Decimal]] = {}
        for name, row in raw["result"].items():
            held = totals.setdefault(coin(name), [Decimal(0), Decimal(0)])
            held[0] += decimal(row["balance"])
            held[1] += decimal(row.get("hold_trade") or 0)
        return [Balance(name, total - used, used, total) for name, (total, used) in totals.items() if total]

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        """Of all pairs. Times are seconds: the one it starts with is left out, the one it ends with is told."""
        params = {"without_count": "true"}
        if since_ms is not None:
            params["start"] = str((since_ms - 1) // 1000)
        if until_ms is not None:
            params["end"] = str(-(-until_ms // 1000))
        return Call("privatePostTradesHistory", params)

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        names = names_of(market)
        return [
            ExchangeFill(
                trade_id=trade_id,
                exchange_order_id=str(row["ordertxid"]),
                market_key=market.key if row["pair"] in names else str(row["pair"]),
                side=Side(row["type"]),
                price=decimal(row["price"]),
                quantity=decimal(row["vol"]),
                fee=decimal(row["fee"]),
                fee_currency=market.quote if row["pair"] in names else "",
                realized_pnl=None,
                filled_at=moment(decimal(row["time"]) * 1000),
            )
            for trade_id, row in raw["result"]["trades"].items()
        ]

    def key_calls(self, *, testnet: bool) -> list[Call]:
        return [Call("privatePostGetApiKeyInfo"), Call("privatePostBalanceEx")]

    def read_key(self, raw: Raw) -> KeyReport:
        """Permissions by name. Where only balances are told, the key reads and nothing else is known."""
        told: Mapping[str, Any] = raw["result"]
        if "permissions" not in told:
            self.read_balances(raw)
            return KeyReport(True, None, None, None, None, None)
        may = set(told["permissions"])
        return KeyReport(
            can_read={"query-funds", "query-open-trades", "query-closed-trades"} <= may,
            can_trade_spot={"modify-trades", "close-trades"} <= may,
            can_trade_futures=None,
            can_withdraw="withdraw-funds" in may,
            ip_restricted=any(told["ip_allowlist"]) if "ip_allowlist" in told else None,
            position_mode=None,
        )


def _lists(client_order_id: str) -> tuple[Call, Call]:
    """Open orders first: an order leaves that list for the other one."""
    asked = {"cl_ord_id": client_order_id}
    return (
        Call("privatePostOpenOrders", asked, pick=picker("open", client_order_id)),
        Call("privatePostClosedOrders", {**asked, "without_count": "true"}, pick=picker("closed", client_order_id)),
    )


def _order(market: Market, side: Side, volume: str, client_order_id: str, more: Mapping[str, str]) -> Call:
    params = {"pair": market.id, "type": side.value, "volume": volume, "cl_ord_id": client_order_id, **more}
    return Call("privatePostAddOrder", params, params_at=deadline)
