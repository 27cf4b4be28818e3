"""OKX perpetual swaps in USDT: what is sent and how answers are read.

Margin mode is said with every order (`tdMode`): isolated and cross positions of a symbol live side by side, so a reduction must
name its position's own. Hedge accounts (`long_short_mode`) say `posSide` with every order.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw
from exchanges.raw_values import decimal, decimal_or_none, moment, plain
from exchanges.types import (
    Balance,
    ExchangeFill,
    ExchangePosition,
    FundingPayment,
    MarginMode,
    Market,
    OrderTerms,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venues.okx_answers import rows
from exchanges.venues.okx_dialect import OkxDialect, read_mode, reducing

RECENT_BILLS_MS = timedelta(days=6, hours=23) // timedelta(milliseconds=1)  # `bills` reaches back seven days
FUNDING_FEE = "8"  # a bill's type


class OkxFutures(OkxDialect):
    market_options: Mapping[str, Any] = {"fetchMarkets": {"types": ["swap"]}}
    inst_type = "SWAP"
    trigger_price_type = "mark"

    # terms
    def largest_market_order(self, listed: Raw) -> Decimal | None:
        return decimal_or_none(listed.get("maxMktSz"))

    def position_mode(self, market: Market | None = None) -> Call:
        return Call("privateGetAccountConfig")

    def read_position_mode(self, raw: Raw) -> PositionMode:
        return read_mode(rows(raw)[0])

    def terms(self, market: Market, leverage: int, margin_mode: MarginMode, *, hedge: bool) -> list[Call]:
        """Leverage is kept per margin mode; on an isolated hedge account also per side. The mode itself goes with each order."""
        params = {"instId": market.id, "lever": str(leverage), "mgnMode": margin_mode.value}
        if not (hedge and margin_mode is MarginMode.ISOLATED):
            return [Call("privatePostAccountSetLeverage", params)]
        return [Call("privatePostAccountSetLeverage", params | {"posSide": side.value}) for side in PositionSide]

    # funding: the newest 100 bills of that kind
    def funding(self, since_ms: int) -> Call:
        recent = since_ms > time.time_ns() // 1_000_000 - RECENT_BILLS_MS
        params = {"instType": self.inst_type, "type": FUNDING_FEE, "begin": str(since_ms), "limit": "100"}
        return Call("privateGetAccountBills" if recent else "privateGetAccountBillsArchive", params)

    def read_funding(self, raw: Raw, key_of: Callable[[str], str]) -> list[FundingPayment]:
        """An isolated position pays from its own margin: the change is then in `posBalChg`."""
        return [
            FundingPayment(
                payment_id=str(row["billId"]), market_key=key_of(row["instId"]),
                amount=decimal_or_none(row["balChg"]) or decimal(row["posBalChg"] or 0),
                currency=row["ccy"], paid_at=moment(row["ts"]),
            )
            for row in rows(raw)
        ]  # fmt: skip

    # orders
    def entry(self, market: Market, side: Side, quantity: Decimal, client_order_id: str, terms: OrderTerms) -> Call:
        how = {"tdMode": terms.margin_mode.value}
        if terms.hedge:
            how["posSide"] = "long" if side is Side.BUY else "short"
        return self._market_order(market, side, plain(quantity / market.contract_size), client_order_id, how)

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        how = {"tdMode": terms.margin_mode.value} | reducing(side, terms)
        return self._market_order(market, side.exit_side, plain(quantity / market.contract_size), client_order_id, how)

    # protection
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        """One algo each: in one with both prices ("conditional") the target would be ignored, in a pair ("oco") the legs
        would share one id."""
        how = {"tdMode": terms.margin_mode.value} | reducing(side, terms)
        return [self._algo(market, side, quantity, leg, how) for leg in legs]

    # what the account holds
    def positions(self) -> Call:
        return Call("privateGetAccountPositions", {"instType": self.inst_type})

    def read_positions(self, raw: Raw, market_of: Callable[[str], Market | None]) -> list[ExchangePosition]:
        return [
            _read_position(row, market_of(row["instId"]))
            for row in rows(raw)
            if decimal_or_none(row["pos"]) is not None
        ]

    def read_balances(self, raw: Raw) -> list[Balance]:
        """Total is a coin's equity: cash and unrealized profit. Spot and swaps share it: OKX has one account."""
        balances = []
        for row in rows(raw)[0]["details"]:
            total = decimal(row["eq"])
            free = min(decimal(row.get("availEq") or row["availBal"] or 0), total)
            if total:
                balances.append(Balance(currency=row["ccy"], free=free, used=total - free, total=total))
        return balances

    def _read_fill(self, row: dict[str, Any], market: Market) -> ExchangeFill:
        """`fillPnl` is gross of fees; zero for what opens."""
        return replace(super()._read_fill(row, market), realized_pnl=decimal(row["fillPnl"] or 0))


def _read_position(row: dict[str, Any], market: Market | None) -> ExchangePosition:
    """In net mode `pos` is signed, in hedge mode positive on both sides. Without a market of ours it stays in contracts."""
    contracts, told = decimal(row["pos"]), row["posSide"]
    side = PositionSide(told) if told != "net" else PositionSide.LONG if contracts > 0 else PositionSide.SHORT
    lever = decimal_or_none(row["lever"])
    return ExchangePosition(
        market_key=market.key if market else row["instId"],
        side=side,
        quantity=abs(contracts) * (market.contract_size if market else 1),
        entry_price=decimal(row["avgPx"]),
        mark_price=decimal_or_none(row["markPx"]),
        unrealized_pnl=decimal(row["upl"] or 0),
        leverage=int(lever) if lever else None,
        margin_mode=MarginMode(row["mgnMode"]),
        liquidation_price=decimal_or_none(row["liqPx"]),
    )
