"""What OKX's swaps and spot share: one set of paths for both, one account, algo orders in an id space of their own.

Source of every field: okx.com/docs-v5 (the same for eea.okx.com and us.okx.com). Quantities of swaps are contracts there,
fractions allowed: contracts = base units / `ctVal`.
"""

import time
from abc import ABC
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from exchanges.dialect import Call, Dialect, FillsOrder, ProtectionCall, Raw
from exchanges.raw_values import decimal, decimal_or_none, moment, plain, require_id
from exchanges.types import (
    ExchangeFill,
    KeyReport,
    Leg,
    Market,
    OrderAnswer,
    OrderState,
    OrderTerms,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venues.okx_answers import STATES, only, read_algo, rows

# How long an order stays valid on its way (header expTime, "Transaction timeouts"; placing and amending of orders only).
ORDER_LIFE_MS = 3000
RECENT_FILLS_MS = timedelta(days=2, hours=23) // timedelta(milliseconds=1)  # `fills` reaches back three days
HEDGED = "long_short_mode"
WITH_DERIVATIVES = frozenset({"2", "3", "4"})  # acctLv: futures, multi-currency margin, portfolio margin
WITH_CASH_SPOT = frozenset({"1", "2"})  # acctLv: spot, futures; the others trade spot on margin (tdMode cross)


def expiring(now_ms: int) -> dict[str, str]:
    """The header after whose time the exchange drops the order."""
    return {"expTime": str(now_ms + ORDER_LIFE_MS)}


class OkxDialect(Dialect, ABC):
    """One region: `ccxt_id` names its class (okx, myokx, okxus), which knows the host."""

    wallet = "trading"  # GET /api/v5/account/balance: one trading account for all kinds of market

    fills_order = FillsOrder.NEWEST_FIRST
    fills_window = timedelta(days=90)  # "in the last 3 months"
    fills_page = 100

    inst_type: ClassVar[str]
    trigger_price_type: ClassVar[str]  # what a trigger watches

    def __init__(self, ccxt_id: str = "okx") -> None:
        self.ccxt_id = ccxt_id

    def server_time(self) -> Call:
        return Call("publicGetPublicTime")

    def read_server_time(self, raw: Raw) -> int:
        return int(rows(raw)[0]["ts"])

    # market data
    def price(self, market: Market) -> Call:
        return Call("publicGetMarketTicker", {"instId": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(rows(raw)[0]["last"])

    def prices(self) -> Call:
        return Call("publicGetMarketTickers", {"instType": self.inst_type})

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        return {row["instId"]: decimal(row["last"]) for row in rows(raw) if row["last"]}

    def best_bid_ask(self, market: Market) -> Call:
        return Call("publicGetMarketTicker", {"instId": market.id})

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        row = rows(raw)[0]
        bid, ask = decimal_or_none(row["bidPx"]), decimal_or_none(row["askPx"])
        return (bid, ask) if bid and ask else None

    # orders
    def _market_order(self, market: Market, side: Side, size: str, client_order_id: str, how: dict[str, Any]) -> Call:
        params: dict[str, Any] = {
            "instId": market.id,
            "side": side.value,
            "ordType": "market",
            "sz": size,
            "clOrdId": client_order_id,
        }
        return Call("privatePostTradeOrder", params | how, headers_at=expiring)

    def read_placed(self, raw: Raw, market: Market, client_order_id: str) -> OrderAnswer:
        """OKX answers with both ids and nothing of what became of the order."""
        row = rows(raw)[0]  # an empty list proves nothing of an order that was sent
        return OrderAnswer(
            client_order_id=row["clOrdId"],
            exchange_order_id=require_id(row, "ordId"),
            state=OrderState.OPEN,
            filled_quantity=Decimal(0),
            average_price=None,
            raw=row,
        )

    def order_by_client_id(self, market: Market, client_order_id: str) -> Call:
        """Of several under one id the latest is told. An order that ended unfilled is forgotten after two hours."""
        return Call("privateGetTradeOrder", {"instId": market.id, "clOrdId": client_order_id})

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        row = only(raw)
        exchange_order_id, size = require_id(row, "ordId"), decimal_or_none(row["sz"])
        by_cost = row.get("tgtCcy") == "quote_ccy"  # its size is a cost
        return OrderAnswer(
            client_order_id=row["clOrdId"],
            exchange_order_id=exchange_order_id,
            state=STATES[row["state"]],
            filled_quantity=decimal(row["accFillSz"] or 0) * market.contract_size,
            average_price=decimal_or_none(row["avgPx"]),
            quantity=None if by_cost or size is None else size * market.contract_size,
            raw=row,
        )

    # protection
    def _algo(
        self, market: Market, side: PositionSide, quantity: Decimal, leg: ProtectionLeg, how: dict[str, Any]
    ) -> ProtectionCall:
        """One conditional order, at the trigger a market order ("-1"). `clOrdId` means nothing here; without one ccxt puts in
        an id and a tag of its own, which would count the order as brought by a broker."""
        prefix = "sl" if leg.leg is Leg.STOP else "tp"
        params: dict[str, Any] = {
            "instId": market.id,
            "side": side.exit_side.value,
            "ordType": "conditional",
            "sz": plain(quantity / market.contract_size),
            f"{prefix}TriggerPx": plain(leg.trigger_price),
            f"{prefix}TriggerPxType": self.trigger_price_type,
            f"{prefix}OrdPx": "-1",
            "algoClOrdId": leg.client_order_id,
            "clOrdId": leg.client_order_id,
        }
        return ProtectionCall(Call("privatePostTradeOrderAlgo", params | how), (leg,))

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        row = rows(raw)[0]
        return [
            OrderAnswer(
                client_order_id=row["algoClOrdId"],
                exchange_order_id=require_id(row, "algoId"),
                state=OrderState.OPEN,
                filled_quantity=Decimal(0),
                average_price=None,
                trigger_price=legs[0].trigger_price,
                raw=row,
            )
        ]

    def standing(self, market: Market) -> Sequence[Call]:
        """Each kind is a question of its own; the client's own pairs of stop and target (oco) are protection too."""
        asked = {"instType": self.inst_type, "instId": market.id}
        return tuple(
            Call("privateGetTradeOrdersAlgoPending", {"ordType": kind} | asked) for kind in ("conditional", "oco")
        )

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        return [read_algo(row, market) for row in rows(raw)]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Call:
        return Call("privateGetTradeOrderAlgo", {"algoClOrdId": client_order_id})

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return read_algo(only(raw), market)

    def triggered_order(self, market: Market, answer: OrderAnswer) -> Call | None:
        if not answer.triggered_order_id:
            return None
        return Call("privateGetTradeOrder", {"instId": market.id, "ordId": answer.triggered_order_id})

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        """The body is a list, "even for a single order"."""
        return Call("privatePostTradeCancelAlgos", [{"instId": market.id, "algoClOrdId": client_order_id}])

    # what the account holds
    def balances(self) -> Call:
        return Call("privateGetAccountBalance")

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        """The last three days by `fills`, which knows a trade at once, else by `fills-history`. Whether the bounds are
        inclusive is not documented: a millisecond more on either side, since trades are told apart by their ids."""
        recent = since_ms is not None and since_ms > time.time_ns() // 1_000_000 - RECENT_FILLS_MS
        params = {"instType": self.inst_type, "instId": market.id, "limit": str(self.fills_page)}
        if since_ms is not None:
            params["begin"] = str(since_ms - 1)
        if until_ms is not None:
            params["end"] = str(until_ms + 1)
        return Call("privateGetTradeFills" if recent else "privateGetTradeFillsHistory", params)

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [self._read_fill(row, market) for row in rows(raw)]

    def _read_fill(self, row: dict[str, Any], market: Market) -> ExchangeFill:
        return ExchangeFill(
            trade_id=str(row["tradeId"]),
            exchange_order_id=str(row["ordId"]),
            market_key=market.key,
            side=Side(row["side"]),
            price=decimal(row["fillPx"]),
            quantity=decimal(row["fillSz"]) * market.contract_size,
            fee=-decimal(row["fee"] or 0),  # negative there: charged
            fee_currency=row["feeCcy"],
            realized_pnl=None,
            filled_at=moment(row["ts"]),
            client_order_id=row.get("clOrdId") or "",
        )

    # what the exchange says of the key
    def key_calls(self, *, testnet: bool) -> list[Call]:
        return [Call("privateGetAccountConfig")]

    def read_key(self, raw: Raw) -> KeyReport:
        row = rows(raw)[0]
        rights, level = set(row["perm"].split(",")), str(row["acctLv"])
        trades = "trade" in rights
        return KeyReport(
            can_read="read_only" in rights,
            can_trade_spot=trades and level in WITH_CASH_SPOT,
            can_trade_futures=trades and level in WITH_DERIVATIVES and self.ccxt_id != "okxus",  # spot only there
            can_withdraw="withdraw" in rights,
            ip_restricted=bool(row["ip"]),
            position_mode=read_mode(row),
        )


def read_mode(row: dict[str, Any]) -> PositionMode:
    return PositionMode.HEDGE if row["posMode"] == HEDGED else PositionMode.ONE_WAY


def reducing(side: PositionSide, terms: OrderTerms) -> dict[str, Any]:
    """`reduceOnly` counts in net mode only; in hedge mode the opposite side of a position's side can only close it."""
    return {"posSide": side.value} if terms.hedge else {"reduceOnly": True}
