"""Bitget futures on a classic account (v2 "mix", USDT-FUTURES): prices, terms, and what the account holds."""

from abc import ABC
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, Raw
from exchanges.raw_values import decimal, decimal_or_none, moment
from exchanges.types import (
    Balance,
    ExchangeFill,
    ExchangePosition,
    FundingPayment,
    KeyReport,
    MarginMode,
    Market,
    PositionMode,
    PositionSide,
    Side,
)
from exchanges.venues.bitget_answers import (
    MARGIN_MODES,
    POSITION_MODES,
    fee_of,
    positive_or_none,
    read_margin_mode,
    rows_of,
)
from exchanges.venues.bitget_dialect import MARGIN_COIN, NO_BROKER, PRODUCT, BitgetDialect, require_usdt

_ANY_SYMBOL = "BTCUSDT"  # the account's position mode is asked for with a symbol; it is the same for all of a product
_PRODUCT = {"productType": PRODUCT}
_ACCOUNT = "privateMixGetV2MixAccountAccount"


class BitgetFuturesAccount(BitgetDialect, ABC):
    # `uta` said outright: else ccxt probes the account with every key
    market_options: Mapping[str, Any] = NO_BROKER | {"uta": False, "fetchMarkets": {"types": ["swap"], "uta": False}}
    terms_in_turn = True  # leverage is set for the margin mode that is in force

    # market data
    def price(self, market: Market) -> Call:
        return Call("publicMixGetV2MixMarketTicker", _PRODUCT | {"symbol": require_usdt(market)})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(rows_of(raw)[0]["lastPr"])

    def prices(self) -> Call:
        return Call("publicMixGetV2MixMarketTickers", dict(_PRODUCT))

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        return {row["symbol"]: decimal(row["lastPr"]) for row in rows_of(raw) if decimal_or_none(row["lastPr"])}

    def best_bid_ask(self, market: Market) -> Call:
        return self.price(market)

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        row = rows_of(raw)[0]
        bid, ask = decimal_or_none(row["bidPr"]), decimal_or_none(row["askPr"])
        return (bid, ask) if bid and ask else None

    # terms
    def largest_market_order(self, listed: Raw) -> Decimal | None:
        return decimal_or_none(listed.get("maxMarketOrderQty"))

    def position_mode(self, market: Market | None = None) -> Call:
        symbol = market.id if market else _ANY_SYMBOL
        return Call(_ACCOUNT, _PRODUCT | {"symbol": symbol, "marginCoin": MARGIN_COIN})

    def read_position_mode(self, raw: Raw) -> PositionMode:
        return POSITION_MODES[raw["data"]["posMode"]]

    def terms(self, market: Market, leverage: int, margin_mode: MarginMode, *, hedge: bool) -> list[Call]:
        """Isolated on a hedge account each side has a leverage of its own."""
        shared = _PRODUCT | {"symbol": require_usdt(market), "marginCoin": MARGIN_COIN}
        sides = ("long", "short") if hedge and margin_mode is MarginMode.ISOLATED else ("",)
        return [
            Call("privateMixPostV2MixAccountSetMarginMode", shared | {"marginMode": MARGIN_MODES[margin_mode]}),
            *(
                Call(
                    "privateMixPostV2MixAccountSetLeverage",
                    shared | {"leverage": str(leverage)} | ({"holdSide": side} if side else {}),
                )
                for side in sides
            ),
        ]

    def funding(self, since_ms: int) -> Call:
        params = _PRODUCT | {"businessType": "contract_settle_fee", "startTime": str(since_ms), "limit": "100"}
        return Call("privateMixGetV2MixAccountBill", params)

    def read_funding(self, raw: Raw, key_of: Callable[[str], str]) -> list[FundingPayment]:
        return [
            FundingPayment(
                payment_id=str(row["billId"]), market_key=key_of(row["symbol"]), amount=decimal(row["amount"]),
                currency=row["coin"], paid_at=moment(row["cTime"]),
            )
            for row in rows_of(raw)
            if row["businessType"] == "contract_settle_fee"
        ]  # fmt: skip

    # what the account holds
    def positions(self) -> Call:
        return Call("privateMixGetV2MixPositionAllPosition", _PRODUCT | {"marginCoin": MARGIN_COIN})

    def read_positions(self, raw: Raw, market_of: Callable[[str], Market | None]) -> list[ExchangePosition]:
        return [_read_position(row, market_of(row["symbol"])) for row in rows_of(raw) if decimal(row["total"])]

    def balances(self) -> Call:
        return Call("privateMixGetV2MixAccountAccounts", dict(_PRODUCT))

    def read_balances(self, raw: Raw) -> list[Balance]:
        """Total is the account's equity: the wallet and the unrealized profit."""
        balances = []
        for row in rows_of(raw):
            total = decimal(row["accountEquity"])
            free = max(min(decimal(row["crossedMaxAvailable"]), total), Decimal(0))
            if total:
                balances.append(Balance(currency=row["marginCoin"], free=free, used=total - free, total=total))
        return balances

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        given = {"startTime": since_ms, "endTime": until_ms}
        params = _PRODUCT | {"symbol": market.id, "limit": str(self.fills_page)}
        return Call(
            "privateMixGetV2MixOrderFills", params | {name: str(ms) for name, ms in given.items() if ms is not None}
        )

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [_read_fill(row, market) for row in rows_of(raw)]

    def key_calls(self, *, testnet: bool) -> list[Call]:
        return [self.position_mode()]

    def read_key(self, raw: Raw) -> KeyReport:
        return KeyReport(
            can_read=True,
            can_trade_spot=None,
            can_trade_futures=None,
            can_withdraw=None,
            ip_restricted=None,
            position_mode=self.read_position_mode(raw),
        )


def _read_position(row: dict[str, Any], market: Market | None) -> ExchangePosition:
    return ExchangePosition(
        market_key=market.key if market else row["symbol"],
        side=PositionSide(row["holdSide"]),
        quantity=decimal(row["total"]),
        entry_price=decimal(row["openPriceAvg"]),
        mark_price=decimal_or_none(row.get("markPrice")),
        unrealized_pnl=decimal(row["unrealizedPL"]),
        leverage=int(row["leverage"]),
        margin_mode=read_margin_mode(row["marginMode"]),
        liquidation_price=positive_or_none(row.get("liquidationPrice")),
    )


def _read_fill(row: dict[str, Any], market: Market) -> ExchangeFill:
    fee, coin = fee_of(row["feeDetail"][0], sign=-1)
    return ExchangeFill(
        trade_id=str(row["tradeId"]),
        exchange_order_id=str(row["orderId"]),
        market_key=market.key,
        side=_direction(row),
        price=decimal(row["price"]),
        quantity=decimal(row["baseVolume"]),
        fee=fee,
        fee_currency=coin,
        realized_pnl=decimal(row["profit"]),
        filled_at=moment(row["cTime"]),
    )


def _direction(row: dict[str, Any]) -> Side:
    """On a hedge account the side is the position's direction, also when that is closed; a liquidation names what it closed."""
    side, trade_side = Side(row["side"]), str(row.get("tradeSide") or "")
    if trade_side.endswith("close_long"):
        return Side.SELL
    if trade_side.endswith("close_short"):
        return Side.BUY
    return side.opposite if row.get("posMode") == "hedge_mode" and trade_side == "close" else side
