"""Bybit's USDT perpetuals (category linear): what is sent and how answers are read.

Entry, stop and target are all /v5/order/create; a stop or target is a conditional order with a trigger, reduce-only. The stop that
travels with an entry (the net) belongs to the position, has no id of ours and goes with the position. The position mode is set
for each symbol, the margin mode for the whole account.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw
from exchanges.errors import Unsupported
from exchanges.raw_values import decimal, decimal_or_none, moment, plain
from exchanges.types import (
    ExchangePosition,
    FundingPayment,
    KeyReport,
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
from exchanges.venues.bybit_dialect import NO_PROBES, RECV_WINDOW_MS, BybitDialect

SETTLE = "USDT"
# The position mode is told with a symbol's position, held or not; without a symbol of its own the question takes this one.
_ANY_SYMBOL = "BTCUSDT"
_MARGIN_MODES = {MarginMode.ISOLATED: "ISOLATED_MARGIN", MarginMode.CROSS: "REGULAR_MARGIN"}
_RISES, _FALLS = 1, 2
_SIDES_HELD = {"Buy": PositionSide.LONG, "Sell": PositionSide.SHORT}


class BybitFutures(BybitDialect):
    category = "linear"
    market_options: Mapping[str, Any] = {
        "fetchMarkets": {"types": ["linear"]},
        "recvWindow": RECV_WINDOW_MS,
        **NO_PROBES,
    }
    terms_in_turn = True

    # terms
    def largest_market_order(self, listed: Raw) -> Decimal | None:
        return decimal_or_none(listed["lotSizeFilter"].get("maxMktOrderQty"))

    def net_removal(self, market: Market, side: PositionSide, terms: OrderTerms) -> Call:
        params = {"category": self.category, "symbol": market.id, "tpslMode": "Full", "stopLoss": "0"}
        return Call("privatePostV5PositionTradingStop", params | {"positionIdx": _index(side, terms.hedge)})

    def position_mode(self, market: Market | None = None) -> Call:
        """/v5/position/list: with a symbol it lists the empty position too, as index 0 (one-way) or 1 and 2 (hedge)."""
        params = {"category": self.category, "symbol": market.id if market else _ANY_SYMBOL}
        return Call("privateGetV5PositionList", params)

    def read_position_mode(self, raw: Raw) -> PositionMode:
        indexes = {int(row["positionIdx"]) for row in raw["result"]["list"]}
        if not indexes or indexes - {0, 1, 2}:
            raise ValueError("no position index told")
        return PositionMode.ONE_WAY if indexes == {0} else PositionMode.HEDGE

    def terms(self, market: Market, leverage: int, margin_mode: MarginMode, *, hedge: bool) -> list[Call]:
        """/v5/account/set-margin-mode, for all symbols of the account: where positions or orders elsewhere forbid the change, the
        exchange refuses it and says why. Then /v5/position/set-leverage, both sides alike."""
        _check_settled_here(market)
        both = {"buyLeverage": str(leverage), "sellLeverage": str(leverage)}
        return [
            Call("privatePostV5AccountSetMarginMode", {"setMarginMode": _MARGIN_MODES[margin_mode]}),
            Call("privatePostV5PositionSetLeverage", {"category": self.category, "symbol": market.id} | both),
        ]

    # funding: told among the executions; without a start the last seven days, else only seven days from there
    def funding(self, since_ms: int) -> Call:
        return Call("privateGetV5ExecutionList", {"category": self.category, "execType": "Funding", "limit": 100})

    def read_funding(self, raw: Raw, key_of: Callable[[str], str]) -> list[FundingPayment]:
        """A fee is paid when it is positive."""
        return [
            FundingPayment(
                payment_id=row["execId"], market_key=key_of(row["symbol"]), amount=-decimal(row["execFee"]),
                currency=row.get("feeCurrency") or SETTLE, paid_at=moment(row["execTime"]),
            )
            for row in raw["result"]["list"]
        ]  # fmt: skip

    # orders
    def entry(self, market: Market, side: Side, quantity: Decimal, client_order_id: str, terms: OrderTerms) -> Call:
        _check_settled_here(market)
        opened = PositionSide.LONG if side is Side.BUY else PositionSide.SHORT
        params = self._market_order(market, side, client_order_id) | {
            "qty": plain(quantity),
            "positionIdx": _index(opened, terms.hedge),
        }
        if terms.net_stop is not None:
            params |= {
                "stopLoss": plain(terms.net_stop),
                "slTriggerBy": "MarkPrice",
                "slOrderType": "Market",
                "tpslMode": "Full",
            }
        return Call("privatePostV5OrderCreate", params)

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        return Call("privatePostV5OrderCreate", self._reducing(market, side, quantity, client_order_id, terms))

    def _reducing(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> dict[str, Any]:
        return self._market_order(market, side.exit_side, client_order_id) | {
            "qty": plain(quantity),  # this position's own, so that another bot's position is left alone (D25)
            "positionIdx": _index(side, terms.hedge),
            "reduceOnly": True,
        }

    # protection
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        calls = []
        for leg in legs:
            params = self._reducing(market, side, quantity, leg.client_order_id, terms) | {
                "triggerPrice": plain(leg.trigger_price),
                "triggerBy": "MarkPrice",
                "triggerDirection": _RISES if (leg.leg is Leg.TARGET) == (side is PositionSide.LONG) else _FALLS,
            }
            if leg.leg is Leg.STOP:
                # gets out even when the account's margin is used up: other orders of the symbol are then cancelled
                params["closeOnTrigger"] = True
            calls.append(ProtectionCall(Call("privatePostV5OrderCreate", params), (leg,)))
        return calls

    def standing(self, market: Market) -> Call:
        params = {"category": self.category, "symbol": market.id, "orderFilter": "StopOrder", "limit": 50}
        return Call("privateGetV5OrderRealtime", params)

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        """Conditional orders. What belongs to the position itself (the net, or a stop set by hand) is left out: it has no id."""
        return [
            self._read_row(row, market)
            for row in raw["result"]["list"]
            if row["orderLinkId"] or row["stopOrderType"] == "Stop"
        ]

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        params = {"category": self.category, "symbol": market.id, "orderLinkId": client_order_id}
        return Call("privatePostV5OrderCancel", params)

    # what the account holds
    def positions(self) -> Call:
        """By settlement coin only open positions are told."""
        params = {"category": self.category, "settleCoin": SETTLE, "limit": 200}
        return Call("privateGetV5PositionList", params)

    def read_positions(self, raw: Raw, market_of: Callable[[str], Market | None]) -> list[ExchangePosition]:
        rows = raw["result"]["list"]
        return [_read_position(row, market_of(row["symbol"])) for row in rows if decimal(row["size"] or 0)]

    def key_calls(self, *, testnet: bool) -> list[Call]:
        """The key's rights are asked on spot; here, whether it reaches positions, and in which mode."""
        return [self.position_mode()]

    def read_key(self, raw: Raw) -> KeyReport:
        return replace(super().read_key(raw), can_trade_futures=None, position_mode=self.read_position_mode(raw))


def _check_settled_here(market: Market) -> None:
    """Positions are read by settlement coin: what we do not read we do not open."""
    if market.quote != SETTLE:
        raise Unsupported("Only perpetuals settled in USDT are traded here", code="settle_coin")


def _index(side: PositionSide, hedge: bool) -> int:
    """positionIdx: 0 one-way; 1 the long, 2 the short side of a hedge account."""
    if not hedge:
        return 0
    return 1 if side is PositionSide.LONG else 2


def _read_position(row: Mapping[str, Any], market: Market | None) -> ExchangePosition:
    leverage = decimal_or_none(row.get("leverage"))
    return ExchangePosition(
        market_key=market.key if market else row["symbol"],
        side=_SIDES_HELD[row["side"]],
        quantity=decimal(row["size"]),
        entry_price=decimal(row["avgPrice"]),
        mark_price=decimal_or_none(row.get("markPrice")),
        unrealized_pnl=decimal(row["unrealisedPnl"] or 0),
        leverage=int(leverage) if leverage else None,
        margin_mode=None,  # of the account, and not told here (`tradeMode` is always 0)
        liquidation_price=decimal_or_none(row.get("liqPrice")),
    )
