"""Binance USDⓈ-M futures: what is sent and how answers are read.

Since 2025-12-09 stops live in the algo service (`/fapi/v1/algoOrder`, a space of ids of its own); on `/fapi/v1/order` they are
refused with -4120. One-way accounts say reduceOnly, hedge accounts say positionSide instead (both together are refused).
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
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
from exchanges.venues.binance_answers import ALGO_STATES, STATES
from exchanges.venues.binance_dialect import ORDER_RECV_WINDOW_MS, BinanceDialect

_ALGO_TYPES = {Leg.STOP: "STOP_MARKET", Leg.TARGET: "TAKE_PROFIT_MARKET"}
_MARGIN_TYPES = {MarginMode.ISOLATED: "ISOLATED", MarginMode.CROSS: "CROSSED"}


class BinanceFutures(BinanceDialect):
    ccxt_id = "binanceusdm"
    market_options: Mapping[str, Any] = {"fetchMargins": False, "fetchMarkets": {"types": ["linear"]}}

    time_endpoint = "fapiPublicGetTime"
    price_endpoint = "fapiPublicV2GetTickerPrice"
    book_endpoint = "fapiPublicGetTickerBookTicker"
    order_endpoint = "fapiPrivateGetOrder"
    trades_endpoint = "fapiPrivateGetUserTrades"
    answer_kind = "RESULT"  # the answer waits for the fill and carries avgPrice

    # terms
    def position_mode(self, market: Market | None = None) -> Call:
        return Call("fapiPrivateGetPositionSideDual")

    def read_position_mode(self, raw: Raw) -> PositionMode:
        return PositionMode.HEDGE if raw["dualSidePosition"] in (True, "true") else PositionMode.ONE_WAY

    def terms(self, market: Market, leverage: int, margin_mode: MarginMode, *, hedge: bool) -> list[Call]:
        return [
            Call("fapiPrivatePostMarginType", {"symbol": market.id, "marginType": _MARGIN_TYPES[margin_mode]}),
            Call("fapiPrivatePostLeverage", {"symbol": market.id, "leverage": leverage}),
        ]

    # funding: paid into or out of the wallet, told by the income history (tranId is unique per user)
    def funding(self, since_ms: int) -> Call:
        params: dict[str, str | int] = {"incomeType": "FUNDING_FEE", "startTime": since_ms, "limit": 1000}
        return Call("fapiPrivateGetIncome", params)

    def read_funding(self, raw: Raw, key_of: Callable[[str], str]) -> list[FundingPayment]:
        return [
            FundingPayment(
                payment_id=str(row["tranId"]), market_key=key_of(row["symbol"]), amount=decimal(row["income"]),
                currency=row["asset"], paid_at=moment(row["time"]),
            )
            for row in raw
        ]  # fmt: skip

    # orders
    def entry(self, market: Market, side: Side, quantity: Decimal, client_order_id: str, terms: OrderTerms) -> Call:
        params = self._market_order(market, side, client_order_id) | {"quantity": plain(quantity)}
        if terms.hedge:
            params["positionSide"] = "LONG" if side is Side.BUY else "SHORT"
        return Call("fapiPrivatePostOrder", params)

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        params = self._market_order(market, side.exit_side, client_order_id) | {"quantity": plain(quantity)}
        return Call("fapiPrivatePostOrder", params | _reducing(side, terms.hedge))

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        exchange_order_id = require_id(raw, "orderId")
        return OrderAnswer(
            client_order_id=raw["clientOrderId"],
            exchange_order_id=exchange_order_id,
            state=STATES[raw["status"]],
            filled_quantity=decimal(raw["executedQty"]),
            average_price=decimal_or_none(raw.get("avgPrice")),
            quantity=decimal_or_none(raw.get("origQty")),
            trigger_price=decimal_or_none(raw.get("stopPrice")),
            raw=raw,
        )

    # protection
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        shared = _reducing(side, terms.hedge) | {
            "algoType": "CONDITIONAL",
            "symbol": market.id,
            "side": side.exit_side.value.upper(),
            "quantity": plain(quantity),  # this position's own, so that another bot's position is left alone (D25)
            "workingType": "MARK_PRICE",
            "priceProtect": "true",
            "newOrderRespType": "RESULT",
            "recvWindow": ORDER_RECV_WINDOW_MS,
        }
        return [
            ProtectionCall(
                Call(
                    "fapiPrivatePostAlgoOrder",
                    shared
                    | {
                        "type": _ALGO_TYPES[leg.leg],
                        "triggerPrice": plain(leg.trigger_price),
                        "clientAlgoId": leg.client_order_id,
                    },
                ),
                (leg,),
            )
            for leg in legs
        ]

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        return [self.read_protection_order(raw, market)]

    def standing(self, market: Market) -> Call:
        return Call("fapiPrivateGetOpenAlgoOrders", {"symbol": market.id})

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        return [self.read_protection_order(row, market) for row in raw]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Call:
        return Call("fapiPrivateGetAlgoOrder", {"clientAlgoId": client_order_id})

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        exchange_order_id = require_id(raw, "algoId")
        triggered = raw.get("actualOrderId") or ""
        return OrderAnswer(
            client_order_id=raw["clientAlgoId"],
            exchange_order_id=exchange_order_id,
            state=ALGO_STATES[raw["algoStatus"]],
            filled_quantity=decimal(raw.get("actualQty") or 0),
            average_price=decimal_or_none(raw.get("actualPrice")),
            triggered_order_id="" if str(triggered) == "0" else str(triggered),
            trigger_price=decimal_or_none(raw.get("triggerPrice")),
            quantity=decimal_or_none(raw.get("quantity")),
            raw=raw,
        )

    def triggered_order(self, market: Market, answer: OrderAnswer) -> Call | None:
        """FINISHED means filled or cancelled, and a triggered order may stand half filled: the order itself is asked."""
        complete = (
            answer.state is OrderState.FILLED and answer.filled_quantity == answer.quantity and answer.average_price
        )
        if not answer.triggered_order_id or complete:
            return None
        return Call("fapiPrivateGetOrder", {"symbol": market.id, "orderId": answer.triggered_order_id})

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        return Call("fapiPrivateDeleteAlgoOrder", {"clientAlgoId": client_order_id})

    # what the account holds
    def positions(self) -> Call:
        return Call("fapiPrivateV3GetPositionRisk")

    def read_positions(self, raw: Raw, market_of: Callable[[str], Market | None]) -> list[ExchangePosition]:
        return [_read_position(row, market_of(row["symbol"])) for row in raw if decimal(row["positionAmt"])]

    def balances(self) -> Call:
        return Call("fapiPrivateV3GetAccount")

    def read_balances(self, raw: Raw) -> list[Balance]:
        """Total is the margin balance: wallet plus unrealized profit, what the account is worth."""
        balances = []
        for row in raw["assets"]:
            total, free = decimal(row["marginBalance"]), decimal(row["availableBalance"])
            if total or decimal(row["walletBalance"]):
                free = min(free, total)  # in multi-asset mode "available" counts other coins too
                balances.append(Balance(currency=row["asset"], free=free, used=total - free, total=total))
        return balances

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [
            ExchangeFill(
                trade_id=str(row["id"]),
                exchange_order_id=str(row["orderId"]),
                market_key=market.key,
                side=Side(row["side"].lower()),
                price=decimal(row["price"]),
                quantity=decimal(row["qty"]),
                fee=decimal(row["commission"]),
                fee_currency=row["commissionAsset"],
                realized_pnl=decimal(row["realizedPnl"]),
                filled_at=moment(row["time"]),
            )
            for row in raw
        ]

    def key_calls(self, *, testnet: bool) -> list[Call]:
        return [Call("fapiPrivateGetPositionSideDual")]

    def read_key(self, raw: Raw) -> KeyReport:
        return KeyReport(
            can_read=True,
            can_trade_spot=None,
            can_trade_futures=True,
            can_withdraw=None,
            ip_restricted=None,
            position_mode=self.read_position_mode(raw),
        )


def _reducing(side: PositionSide, hedge: bool) -> dict[str, str | int]:
    return {"positionSide": side.value.upper()} if hedge else {"reduceOnly": "true"}


def _read_position(row: dict[str, Any], market: Market | None) -> ExchangePosition:
    amount, notional, margin = (
        decimal(row["positionAmt"]),
        decimal(row["notional"]),
        decimal(row["positionInitialMargin"]),
    )
    return ExchangePosition(
        market_key=market.key if market else row["symbol"],
        side=PositionSide.LONG if amount > 0 else PositionSide.SHORT,
        quantity=abs(amount),
        entry_price=decimal(row["entryPrice"]),
        mark_price=decimal_or_none(row.get("markPrice")),
        unrealized_pnl=decimal(row["unRealizedProfit"]),
        # v3 tells neither leverage nor margin mode: initial margin is notional / leverage, isolated margin is zero when crossed
        leverage=int((abs(notional) / margin).quantize(Decimal(1), ROUND_HALF_UP)) if margin else None,
        margin_mode=MarginMode.ISOLATED if decimal(row["isolatedMargin"]) else MarginMode.CROSS,
        liquidation_price=decimal_or_none(row.get("liquidationPrice")),
    )
