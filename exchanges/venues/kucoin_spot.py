"""KuCoin spot: what is sent and how answers are read.

Beside a stop no target stands: both would need the coins, and the pair that KuCoin has (oco) is one order with one id whose stop
has a limit. A stop is an order of another kind until it is triggered; then it is an order like others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw, not_found
from exchanges.raw_values import decimal, decimal_or_none, moment, plain
from exchanges.types import (
    Balance,
    ExchangeFill,
    Leg,
    Market,
    OrderAnswer,
    OrderTerms,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venues.kucoin_answers import only, read_id, read_spot_order, read_spot_stop, rows
from exchanges.venues.kucoin_dialect import NO_PARTNER, KucoinDialect

# "loss": the last price at or below the stop price; "entry": at or above
_STOPS = {Leg.STOP: "loss", Leg.TARGET: "entry"}
_TRADING_ACCOUNTS = frozenset({"trade", "trade_hf"})


class KucoinSpot(KucoinDialect):
    ccxt_id = "kucoin"
    market_options: Mapping[str, Any] = {"fetchMarkets": {"types": ["spot"], "fetchTickersFees": False}, **NO_PARTNER}
    fills_window = timedelta(days=6)  # startAt to endAt: 7 days at most
    fills_page = 100

    def server_time(self) -> Call:
        return Call("publicGetTimestamp")

    # market data
    def price(self, market: Market) -> Call:
        return Call("publicGetMarketOrderbookLevel1", {"symbol": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(raw["data"]["price"])

    def prices(self) -> Call:
        return Call("publicGetMarketAllTickers")

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        return {row["symbol"]: decimal(row["last"]) for row in raw["data"]["ticker"] if row["last"]}

    def best_bid_ask(self, market: Market) -> Call:
        return self.price(market)

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        row = raw["data"]
        bid, ask = decimal_or_none(row["bestBid"]), decimal_or_none(row["bestAsk"])
        return (bid, ask) if bid and ask else None

    # orders
    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        return Call("privatePostHfOrders", _order(market, Side.BUY, client_order_id) | {"funds": plain(cost)})

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        body = _order(market, side.exit_side, client_order_id) | {"size": plain(quantity)}
        return Call("privatePostHfOrders", body)

    def order_by_client_id(self, market: Market, client_order_id: str) -> Call:
        asked = {"clientOid": client_order_id, "symbol": market.id}
        return Call("privateGetHfOrdersClientOrderClientOid", asked)

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return read_spot_order(only(raw))

    # protection
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        """The stop where both are wanted: the target is then watched by us."""
        alone = [leg for leg in legs if leg.leg is Leg.STOP] or legs
        calls = []
        for leg in alone:
            body = _order(market, side.exit_side, leg.client_order_id) | {
                "size": plain(quantity),
                "stop": _STOPS[leg.leg],
                "stopPrice": plain(leg.trigger_price),
                "tradeType": "TRADE",
            }
            calls.append(ProtectionCall(Call("privatePostStopOrder", body), (leg,)))
        return calls

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        """One call places one leg."""
        return [read_id(raw, legs[0].client_order_id, legs[0].trigger_price)]

    def standing(self, market: Market) -> Call:
        return Call("privateGetStopOrder", {"symbol": market.id, "pageSize": 500})

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        return [read_spot_stop(row) for row in rows(raw) if row["status"] == "NEW"]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        """Does it wait? Is it an order by now? Else what its own record says, if there still is one. In this order no leg is
        missed that is triggered between the questions."""
        asked = {"clientOid": client_order_id, "symbol": market.id}
        stop = "privateGetStopOrderQueryOrderByClientOid"
        return (Call(stop, asked, pick=_waiting), self.order_by_client_id(market, client_order_id), Call(stop, asked))

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        row = only(raw)
        if "stopPrice" in row:
            return read_spot_stop(row)
        answer = read_spot_order(row)
        return _as_triggered(answer)

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        asked = {"clientOid": client_order_id, "symbol": market.id}
        return Call("privateDeleteStopOrderCancelOrderByClientOid", asked)

    # what the account holds
    def balances(self) -> Call:
        return Call("privateGetAccounts", {"type": "trade"})

    def read_balances(self, raw: Raw) -> list[Balance]:
        """Of the trading account; what lies in the main account cannot be traded with."""
        balances = []
        for row in rows(raw):
            total, free = decimal(row["balance"]), decimal(row["available"])
            if total and row["type"] in _TRADING_ACCOUNTS:
                balances.append(Balance(currency=row["currency"], free=free, used=total - free, total=total))
        return balances

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        asked: dict[str, Any] = {"symbol": market.id, "limit": self.fills_page}
        if since_ms is not None:
            asked["startAt"] = since_ms
        if until_ms is not None:
            asked["endAt"] = until_ms
        return Call("privateGetHfFills", asked)

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [
            ExchangeFill(
                trade_id=str(row["id"]),
                exchange_order_id=str(row["orderId"]),
                market_key=market.key,
                side=Side(row["side"]),
                price=decimal(row["price"]),
                quantity=decimal(row["size"]),
                fee=decimal(row["fee"]),
                fee_currency=row["feeCurrency"],
                realized_pnl=None,
                filled_at=moment(row["createdAt"]),
            )
            for row in rows(raw)
        ]


def _order(market: Market, side: Side, client_order_id: str) -> dict[str, Any]:
    return {"clientOid": client_order_id, "side": side.value, "symbol": market.id, "type": "market"}


def _waiting(raw: Raw) -> Raw:
    """The answer, while the stop in it still waits."""
    if only(raw)["status"] != "NEW":
        raise not_found()
    return raw


def _as_triggered(answer: OrderAnswer) -> OrderAnswer:
    """An order under a leg's id is what the leg became."""
    return replace(answer, triggered_order_id=answer.exchange_order_id)
