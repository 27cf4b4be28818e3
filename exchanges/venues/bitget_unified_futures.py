"""Bitget futures on a unified account (v3, category USDT-FUTURES): what is sent and how answers are read.

Stops and targets are strategy orders of type tpsl in partial mode: each closes its own quantity of the position on `posSide`.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw
from exchanges.raw_values import decimal, decimal_or_none, moment, plain
from exchanges.types import (
    Balance,
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
from exchanges.venues.bitget_answers import (
    MARGIN_MODES,
    POSITION_MODES,
    positive_or_none,
    read_accepted_leg,
    read_margin_mode,
    rows_of,
)
from exchanges.venues.bitget_dialect import NO_BROKER, PRODUCT, require_usdt
from exchanges.venues.bitget_keys import read_unified_settings
from exchanges.venues.bitget_unified import BitgetUnified

_SETTINGS = "privateUtaGetV3AccountSettings"
_FUNDING = ("CONTRACT_MAIN_SETTLE_FEE_USER_IN", "CONTRACT_MAIN_SETTLE_FEE_USER_OUT")
_LEGS = {Leg.STOP: ("stopLoss", "sl"), Leg.TARGET: ("takeProfit", "tp")}


class BitgetUnifiedFutures(BitgetUnified):
    category = PRODUCT
    # The account is unified, said outright; the contracts are read from the classic list: ccxt leaves the unified list's
    # price multiplier out, and its steps would be too fine.
    market_options: Mapping[str, Any] = NO_BROKER | {"uta": True, "fetchMarkets": {"types": ["swap"], "uta": False}}

    # terms
    def largest_market_order(self, listed: Raw) -> Decimal | None:
        return decimal_or_none(listed.get("maxMarketOrderQty"))

    def position_mode(self, market: Market | None = None) -> Call:
        return Call(_SETTINGS)

    def read_position_mode(self, raw: Raw) -> PositionMode:
        return POSITION_MODES[raw["data"]["holdMode"]]

    def terms(self, market: Market, leverage: int, margin_mode: MarginMode, *, hedge: bool) -> list[Call]:
        """The margin mode goes with each order; here it says which leverage is meant. Isolated on a hedge account each side has one."""
        params = {
            "category": self.category,
            "symbol": require_usdt(market),
            "leverage": str(leverage),
            "marginMode": MARGIN_MODES[margin_mode],
        }
        if hedge and margin_mode is MarginMode.ISOLATED:
            params |= {"longLeverage": str(leverage), "shortLeverage": str(leverage)}
        return [Call("privateUtaPostV3AccountSetLeverage", params)]

    def funding(self, since_ms: int) -> Call:
        """Among the account's other records: the exchange filters by one type only, and funding has two."""
        params = {"category": self.category, "startTime": str(since_ms), "limit": "100"}
        return Call("privateUtaGetV3AccountFinancialRecords", params)

    def read_funding(self, raw: Raw, key_of: Callable[[str], str]) -> list[FundingPayment]:
        return [
            FundingPayment(
                payment_id=str(row["id"]), market_key=key_of(row["symbol"]), amount=_signed(row),
                currency=row["coin"], paid_at=moment(row["ts"]),
            )
            for row in rows_of(raw)
            if row["type"] in _FUNDING
        ]  # fmt: skip

    # orders
    def entry(self, market: Market, side: Side, quantity: Decimal, client_order_id: str, terms: OrderTerms) -> Call:
        position = PositionSide.LONG if side is Side.BUY else PositionSide.SHORT
        says = {"marginMode": MARGIN_MODES[terms.margin_mode]} | ({"posSide": position.value} if terms.hedge else {})
        return self._order(require_usdt(market), side, quantity, client_order_id, says)

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        says = {"marginMode": MARGIN_MODES[terms.margin_mode]}
        says |= {"posSide": side.value} if terms.hedge else {"reduceOnly": "yes"}
        return self._order(require_usdt(market), side.exit_side, quantity, client_order_id, says)

    # protection
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        shared = {
            "category": self.category,
            "symbol": require_usdt(market),
            "type": "tpsl",
            "tpslMode": "partial",
            "qty": plain(quantity),  # this position's own (D25)
            "posSide": side.value,  # mandatory on one-way accounts too
        }
        calls = []
        for leg in legs:
            price, prefix = _LEGS[leg.leg]
            says = {
                price: plain(leg.trigger_price),
                f"{prefix}TriggerBy": "mark",
                f"{prefix}OrderType": "market",
                "clientOid": leg.client_order_id,
            }
            calls.append(ProtectionCall(Call("privateUtaPostV3TradePlaceStrategyOrder", shared | says), (leg,)))
        return calls

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        return [read_accepted_leg(raw, legs[0])]

    # what the account holds
    def positions(self) -> Call:
        return Call("privateUtaGetV3PositionCurrentPosition", {"category": self.category})

    def read_positions(self, raw: Raw, market_of: Callable[[str], Market | None]) -> list[ExchangePosition]:
        return [_read_position(row, market_of(row["symbol"])) for row in rows_of(raw) if decimal(row["total"])]

    def read_balances(self, raw: Raw) -> list[Balance]:
        """All coins of the account, which are one margin: futures and spot have no purses of their own."""
        balances = []
        for row in raw["data"]["assets"]:
            total = decimal(row["equity"])
            free = max(min(decimal(row["available"]), total), Decimal(0))
            if total:
                balances.append(Balance(currency=row["coin"], free=free, used=total - free, total=total))
        return balances

    def key_calls(self, *, testnet: bool) -> list[Call]:
        return [Call(_SETTINGS)]

    def read_key(self, raw: Raw) -> KeyReport:
        return read_unified_settings(raw)


def _signed(row: Mapping[str, Any]) -> Decimal:
    """What was paid is told as a negative amount, or under a type that says so."""
    amount = abs(decimal(row["amount"]))
    return amount if row["type"].endswith("_IN") else -amount


def _read_position(row: dict[str, Any], market: Market | None) -> ExchangePosition:
    return ExchangePosition(
        market_key=market.key if market else row["symbol"],
        side=PositionSide(row["posSide"]),
        quantity=decimal(row["total"]),
        entry_price=decimal(row["avgPrice"]),
        mark_price=decimal_or_none(row.get("markPrice")),
        unrealized_pnl=decimal(row["unrealisedPnl"]),
        leverage=int(row["leverage"]),
        margin_mode=read_margin_mode(row["marginMode"]),
        liquidation_price=positive_or_none(row.get("liquidationPrice")),
    )
