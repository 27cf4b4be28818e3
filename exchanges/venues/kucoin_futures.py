"""KuCoin's perpetual contracts in USDT: what is sent and how answers are read.

Sizes are whole contracts ("lots") of `multiplier` coins. Leverage and margin mode go with every order, and the margin mode must be
the one that is chosen for the symbol. A stop is an order like others, with our id, that waits for its price.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw
from exchanges.errors import Unsupported
from exchanges.raw_values import decimal, decimal_or_none, moment, plain
from exchanges.types import (
    Balance,
    ExchangeFill,
    ExchangePosition,
    FundingPayment,
    Leg,
    MarginMode,
    Market,
    OrderAnswer,
    OrderTerms,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venues.kucoin_answers import only, read_futures_order, read_id, rows
from exchanges.venues.kucoin_dialect import NO_PARTNER, KucoinDialect

_MARGIN_MODES = {MarginMode.ISOLATED: "ISOLATED", MarginMode.CROSS: "CROSS"}
_POSITION_MODES = {0: PositionMode.ONE_WAY, 1: PositionMode.HEDGE}
_CLOSING_LEVERAGE = 1  # a field of every order; "if you are to close the position" it means nothing


class KucoinFutures(KucoinDialect):
    ccxt_id = "kucoinfutures"
    market_options: Mapping[str, Any] = {"fetchMarkets": {"types": ["swap"]}, **NO_PARTNER}
    terms_in_turn = True  # cross leverage belongs to a symbol in cross mode
    cancels_by_exchange_id = (
        True  # "cancel order by orderId", stops included; by clientOid only orders at work are documented
    )
    fills_window = timedelta(days=6)  # startAt to endAt: 7 days at most
    fills_page = 1000

    def server_time(self) -> Call:
        return Call("futuresPublicGetTimestamp")

    # market data
    def price(self, market: Market) -> Call:
        return Call("futuresPublicGetTicker", {"symbol": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(raw["data"]["price"])

    def prices(self) -> Call:
        return Call("futuresPublicGetAllTickers")

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        return {row["symbol"]: decimal(row["price"]) for row in rows(raw) if row["price"]}

    def best_bid_ask(self, market: Market) -> Call:
        return self.price(market)

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        row = raw["data"]
        bid, ask = decimal_or_none(row["bestBidPrice"]), decimal_or_none(row["bestAskPrice"])
        return (bid, ask) if bid and ask else None

    # terms
    def position_mode(self, market: Market | None = None) -> Call:
        return Call("futuresPrivateGetPositionGetPositionMode")

    def read_position_mode(self, raw: Raw) -> PositionMode:
        return _POSITION_MODES[int(raw["data"]["positionMode"])]

    def terms(self, market: Market, leverage: int, margin_mode: MarginMode, *, hedge: bool) -> list[Call]:
        """Isolated leverage has no call: each order brings its own."""
        mode = {"symbol": market.id, "marginMode": _MARGIN_MODES[margin_mode]}
        calls = [Call("futuresPrivatePostPositionChangeMarginMode", mode)]
        if margin_mode is MarginMode.CROSS:
            how_much = {"symbol": market.id, "leverage": str(leverage)}
            calls.append(Call("futuresPrivatePostChangeCrossUserLeverage", how_much))
        return calls

    # orders
    def entry(self, market: Market, side: Side, quantity: Decimal, client_order_id: str, terms: OrderTerms) -> Call:
        if terms.leverage is None:  # left out, it would be another one than the client chose
            raise Unsupported("An entry here must say its leverage", code="no_leverage")
        body = _order(market, side, quantity, client_order_id, terms) | {"leverage": terms.leverage}
        if terms.hedge:
            body["positionSide"] = "LONG" if side is Side.BUY else "SHORT"
        return Call("futuresPrivatePostOrders", body)

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        return Call("futuresPrivatePostOrders", _reduction(market, side, quantity, client_order_id, terms))

    def order_by_client_id(self, market: Market, client_order_id: str) -> Call:
        return Call("futuresPrivateGetOrdersByClientOid", {"clientOid": client_order_id})

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return read_futures_order(only(raw), market)

    # protection
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        """ "down": at or below the price; MP: the mark price."""
        calls = []
        for leg in legs:
            falling = (side is PositionSide.LONG) is (leg.leg is Leg.STOP)
            when = {"stop": "down" if falling else "up", "stopPrice": plain(leg.trigger_price), "stopPriceType": "MP"}
            body = _reduction(market, side, quantity, leg.client_order_id, terms) | when
            calls.append(ProtectionCall(Call("futuresPrivatePostOrders", body), (leg,)))
        return calls

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        """One call places one leg."""
        return [read_id(raw, legs[0].client_order_id, legs[0].trigger_price)]

    def standing(self, market: Market) -> Call:
        return Call("futuresPrivateGetStopOrders", {"symbol": market.id, "pageSize": 1000})

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        return [read_futures_order(row, market) for row in rows(raw)]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Call:
        return self.order_by_client_id(market, client_order_id)

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return self.read_order(raw, market)

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        return Call("futuresPrivateDeleteOrdersOrderId", {"orderId": exchange_order_id})

    # what the account holds
    def funding_of(self, market: Market, since_ms: int) -> Call:
        return Call("futuresPrivateGetFundingHistory", {"symbol": market.id, "startAt": since_ms})

    def read_funding(self, raw: Raw, key_of: Callable[[str], str]) -> list[FundingPayment]:
        """`funding` is positive where it was received ("Get Private Funding History")."""
        return [
            FundingPayment(
                payment_id=str(row["id"]), market_key=key_of(row["symbol"]), amount=decimal(row["funding"]),
                currency=row["settleCurrency"], paid_at=moment(row["timePoint"]),
            )
            for row in raw["data"]["dataList"]
        ]  # fmt: skip

    def positions(self) -> Call:
        return Call("futuresPrivateGetPositions", {"currency": "USDT"})

    def read_positions(self, raw: Raw, market_of: Callable[[str], Market | None]) -> list[ExchangePosition]:
        return [_read_position(row, market_of(row["symbol"])) for row in rows(raw) if decimal(row["currentQty"])]

    def balances(self) -> Call:
        return Call("futuresPrivateGetAccountOverview", {"currency": "USDT"})

    def read_balances(self, raw: Raw) -> list[Balance]:
        """Total is the account's equity: what it is worth with unrealized profits."""
        row = raw["data"]
        total = decimal(row["accountEquity"])
        free = min(decimal(row["availableBalance"]), total)
        return [Balance(currency=row["currency"], free=free, used=total - free, total=total)] if total else []

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        asked: dict[str, Any] = {"symbol": market.id, "pageSize": self.fills_page}
        if since_ms is not None:
            asked["startAt"] = since_ms
        if until_ms is not None:
            asked["endAt"] = until_ms
        return Call("futuresPrivateGetFills", asked)

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [
            ExchangeFill(
                trade_id=str(row["tradeId"]),
                exchange_order_id=str(row["orderId"]),
                market_key=market.key if row["symbol"] == market.id else row["symbol"],
                side=Side(row["side"]),
                price=decimal(row["price"]),
                quantity=decimal(row["size"]) * market.contract_size,
                fee=decimal(row["fee"]),
                fee_currency=row["feeCurrency"],
                realized_pnl=None,
                filled_at=moment(int(row["tradeTime"]) // 1_000_000),  # nanoseconds there
            )
            for row in rows(raw)
        ]


def _order(market: Market, side: Side, quantity: Decimal, client_order_id: str, terms: OrderTerms) -> dict[str, Any]:
    return {
        "clientOid": client_order_id,
        "side": side.value,
        "symbol": market.id,
        "type": "market",
        "size": int(quantity / market.contract_size),
        "marginMode": _MARGIN_MODES[terms.margin_mode],
    }


def _reduction(
    market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
) -> dict[str, Any]:
    """On a hedge account `positionSide` is the position's own."""
    body = _order(market, side.exit_side, quantity, client_order_id, terms)
    body |= {"leverage": _CLOSING_LEVERAGE, "reduceOnly": True}
    return body | {"positionSide": side.value.upper()} if terms.hedge else body


def _read_position(row: dict[str, Any], market: Market | None) -> ExchangePosition:
    """Without a market of ours it stays in contracts. Isolated leverage is what it has become by now: rounded."""
    lots, told = decimal(row["currentQty"]), str(row.get("positionSide") or "BOTH")
    by_sign = PositionSide.LONG if lots > 0 else PositionSide.SHORT
    leverage = decimal_or_none(row.get("leverage"))
    return ExchangePosition(
        market_key=market.key if market else row["symbol"],
        side=by_sign if told == "BOTH" else PositionSide(told.lower()),
        quantity=abs(lots) * (market.contract_size if market else 1),
        entry_price=decimal(row["avgEntryPrice"]),
        mark_price=decimal_or_none(row["markPrice"]),
        unrealized_pnl=decimal(row["unrealisedPnl"]),
        leverage=int(leverage.to_integral_value()) if leverage else None,
        margin_mode=MarginMode(row["marginMode"].lower()),
        liquidation_price=decimal_or_none(row.get("liquidationPrice")),
    )
