"""BingX USDT perpetuals (swap v2): what is sent and how answers are read.

One-way accounts say positionSide BOTH and reduceOnly; hedge accounts say LONG or SHORT, and reduceOnly is refused there
("In the Hedge mode, the 'ReduceOnly' field can not be filled"). Quantities are coins. A triggered stop keeps its id.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw
from exchanges.raw_values import decimal, decimal_or_none, moment, plain, require_id
from exchanges.types import (
    Balance,
    ExchangeFill,
    ExchangePosition,
    FundingPayment,
    KeyReport,
    Leg,
    MarginMode,
    Market,
    OrderAnswer,
    OrderState,
    OrderTerms,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venues.bingx_answers import client_id_of, coin_of, read_fill, read_order, read_position
from exchanges.venues.bingx_dialect import BingxDialect, span

_TYPES = {Leg.STOP: "STOP_MARKET", Leg.TARGET: "TAKE_PROFIT_MARKET"}
_MARGIN_TYPES = {MarginMode.ISOLATED: "ISOLATED", MarginMode.CROSS: "CROSSED"}


class BingxFutures(BingxDialect):
    # ccxt loads coin-margined and spot markets along, except "in the sandbox"; this alone does not change the host
    market_options: Mapping[str, Any] = {"sandboxMode": True}
    ticker_endpoint = "swapV2PublicGetQuoteTicker"
    client_id_field = "clientOrderId"
    fills_window = timedelta(days=6)
    fills_page = 1000
    terms_in_turn = True  # one after the other, since leverage may be kept by margin mode: not documented

    # terms
    def position_mode(self, market: Market | None = None) -> Call:
        return Call("swapV1PrivateGetPositionSideDual")

    def read_position_mode(self, raw: Raw) -> PositionMode:
        is_dual = {"true": True, "false": False}[str(raw["data"]["dualSidePosition"]).lower()]
        return PositionMode.HEDGE if is_dual else PositionMode.ONE_WAY

    def terms(self, market: Market, leverage: int, margin_mode: MarginMode, *, hedge: bool) -> list[Call]:
        """ "Set Leverage": "In the One-way mode, the 'Side' field can only be set to BOTH"; each side by itself else."""
        asked = {"symbol": market.id, "leverage": leverage}
        return [
            Call("swapV2PrivatePostTradeMarginType", {"symbol": market.id, "marginType": _MARGIN_TYPES[margin_mode]}),
            *(Call("swapV2PrivatePostTradeLeverage", asked | {"side": side}) for side in _sides(hedge)),
        ]

    def funding(self, since_ms: int) -> Call:
        params: dict[str, str | int] = {"incomeType": "FUNDING_FEE", "startTime": since_ms, "limit": 1000}
        return Call("swapV2PrivateGetUserIncome", params)

    def read_funding(self, raw: Raw, key_of: Callable[[str], str]) -> list[FundingPayment]:
        return [
            FundingPayment(
                payment_id=str(row["tranId"]), market_key=key_of(row["symbol"]), amount=decimal(row["income"]),
                currency=coin_of(row["asset"]), paid_at=moment(row["time"]),
            )
            for row in raw["data"] or ()
        ]  # fmt: skip

    # orders
    def entry(self, market: Market, side: Side, quantity: Decimal, client_order_id: str, terms: OrderTerms) -> Call:
        position_side = ("LONG" if side is Side.BUY else "SHORT") if terms.hedge else "BOTH"
        how = {"positionSide": position_side, "quantity": plain(quantity)}
        return Call("swapV2PrivatePostTradeOrder", self._order(market, side, "MARKET", client_order_id) | how)

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        how = _reducing(side, terms.hedge) | {"quantity": plain(quantity)}
        return Call("swapV2PrivatePostTradeOrder", self._order(market, side.exit_side, "MARKET", client_order_id) | how)

    def read_placed(self, raw: Raw, market: Market, client_order_id: str) -> OrderAnswer:
        """State, price and quantity where the answer has all three; else it was accepted, and the order must be asked."""
        order = raw["data"]["order"]
        filled, average = decimal_or_none(order.get("executedQty")), decimal_or_none(order.get("avgPrice"))
        is_filled = order.get("status") == "FILLED" and filled is not None and average is not None
        return OrderAnswer(
            client_order_id=client_id_of(order) or client_order_id,
            exchange_order_id=require_id(order, "orderId"),
            state=OrderState.FILLED if is_filled else OrderState.OPEN,
            filled_quantity=filled if is_filled and filled else Decimal(0),
            average_price=average if is_filled else None,
            raw=raw,
        )

    def order_by_client_id(self, market: Market, client_order_id: str) -> Call:
        return Call("swapV2PrivateGetTradeOrder", {"symbol": market.id, "clientOrderId": client_order_id})

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return read_order(raw["data"]["order"])

    # protection
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        # for this position's own quantity, so that another bot's position is left alone (D25)
        shared = _reducing(side, terms.hedge) | {"quantity": plain(quantity), "workingType": "MARK_PRICE"}
        return [
            ProtectionCall(
                Call(
                    "swapV2PrivatePostTradeOrder",
                    self._order(market, side.exit_side, _TYPES[leg.leg], leg.client_order_id)
                    | shared
                    | {"stopPrice": plain(leg.trigger_price)},
                ),
                (leg,),
            )
            for leg in legs
        ]

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        """Only under the id that the exchange names: a leg without one could be neither found nor cancelled later."""
        order = raw["data"]["order"]
        return [
            OrderAnswer(
                client_order_id=client_id_of(order), exchange_order_id=require_id(order, "orderId"),
                state=OrderState.OPEN, filled_quantity=Decimal(0), average_price=None, raw=raw,
            )
        ]  # fmt: skip

    def standing(self, market: Market) -> Call:
        return Call("swapV2PrivateGetTradeOpenOrders", {"symbol": market.id})

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        """Every order with a trigger; plain limit orders of the client's own are not protection."""
        return [read_order(row) for row in raw["data"]["orders"] or () if decimal_or_none(row.get("stopPrice"))]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Call:
        return self.order_by_client_id(market, client_order_id)

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return self.read_order(raw, market)

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        return Call("swapV2PrivateDeleteTradeOrder", {"symbol": market.id, "clientOrderId": client_order_id})

    # what the account holds
    def positions(self) -> Call:
        return Call("swapV2PrivateGetUserPositions")

    def read_positions(self, raw: Raw, market_of: Callable[[str], Market | None]) -> list[ExchangePosition]:
        rows = raw["data"] or ()
        return [read_position(row, market_of(row["symbol"])) for row in rows if decimal(row["positionAmt"])]

    def balances(self) -> Call:
        return Call("swapV3PrivateGetUserBalance")

    def read_balances(self, raw: Raw) -> list[Balance]:
        """Total is the equity: wallet plus unrealized profit, what the account is worth."""
        balances = []
        for row in raw["data"]:
            if row.get("asset"):  # an account that was never used is told with an empty name
                total = decimal(row["equity"])
                free = max(Decimal(0), min(decimal(row["availableMargin"]), total))
                balances.append(Balance(currency=coin_of(row["asset"]), free=free, used=total - free, total=total))
        return [balance for balance in balances if balance.total]

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        """ "Maximum range: up to past 7 days"; what is older is not to be had."""
        start, end = span(since_ms, until_ms, timedelta(days=7))
        asked = {"symbol": market.id, "startTs": start, "endTs": end, "pageIndex": 1, "pageSize": self.fills_page}
        return Call("swapV2PrivateGetTradeFillHistory", asked)

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [read_fill(row, market) for row in raw["data"]["fill_history_orders"] or ()]

    # keys: what they may do is asked once, by spot
    def key_calls(self, *, testnet: bool) -> list[Call]:
        return [self.position_mode()]

    def read_key(self, raw: Raw) -> KeyReport:
        return KeyReport(
            can_read=True, can_trade_spot=None, can_trade_futures=True, can_withdraw=None, ip_restricted=None,
            position_mode=self.read_position_mode(raw),
        )  # fmt: skip


def _sides(hedge: bool) -> tuple[str, ...]:
    return ("LONG", "SHORT") if hedge else ("BOTH",)


def _reducing(side: PositionSide, hedge: bool) -> dict[str, Any]:
    return {"positionSide": side.value.upper()} if hedge else {"positionSide": "BOTH", "reduceOnly": "true"}
