"""Gate's market data, and what a futures account there holds: what is asked and how answers are read.

Classic accounts only. Times are seconds; of trades and positions sizes are contracts, negative for sales and shorts.
"""

from abc import ABC
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, Dialect, FillsOrder, Raw
from exchanges.errors import Unsupported
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
from exchanges.venues.gate_answers import client_id_of, rows

USDT = {"settle": "usdt"}
_MODES = {"single": PositionMode.ONE_WAY, "dual": PositionMode.HEDGE}


class GateAccount(Dialect, ABC):
    fills_order = FillsOrder.NEWEST_FIRST
    fills_window = timedelta(days=7)
    fills_page = 1000

    def server_time(self) -> Call:
        return Call("publicSpotGetTime")

    def read_server_time(self, raw: Raw) -> int:
        return int(raw["server_time"])

    # market data
    def price(self, market: Market) -> Call:
        return Call("publicFuturesGetSettleTickers", USDT | {"contract": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(rows(raw)[0]["last"])

    def prices(self) -> Call:
        return Call("publicFuturesGetSettleTickers", dict(USDT))

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        return {row["contract"]: decimal(row["last"]) for row in rows(raw) if row["last"]}

    def best_bid_ask(self, market: Market) -> Call:
        return self.price(market)

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        row = rows(raw)[0]
        bid, ask = decimal_or_none(row["highest_bid"]), decimal_or_none(row["lowest_ask"])
        return (bid, ask) if bid and ask else None

    def position_mode(self, market: Market | None = None) -> Call:
        return self.balances()

    def read_position_mode(self, raw: Raw) -> PositionMode:
        """Split positions (dual_plus) are a third mode, in which every entry is a position of its own."""
        told = raw.get("position_mode") or ("dual" if raw["in_dual_mode"] else "single")
        if told not in _MODES:
            raise Unsupported("Accounts with split positions cannot be traded here", code="split_positions")
        return _MODES[told]

    # what the account holds
    def funding(self, since_ms: int) -> Call:
        asked = {"type": "fund", "from": since_ms // 1000, "limit": 1000}
        return Call("privateFuturesGetSettleAccountBook", USDT | asked)

    def read_funding(self, raw: Raw, key_of: Callable[[str], str]) -> list[FundingPayment]:
        """A payment's id is the record's; older records have none, and one contract pays once at a time."""
        return [
            FundingPayment(
                payment_id=str(row.get("id") or f"{row['contract']}:{row['time']}"),
                market_key=key_of(row["contract"]),
                amount=decimal(row["change"]),
                currency="USDT",
                paid_at=_moment(row["time"]),
            )
            for row in rows(raw)
        ]

    def positions(self) -> Call:
        return Call("privateFuturesGetSettlePositions", USDT | {"holding": "true"})

    def read_positions(self, raw: Raw, market_of: Callable[[str], Market | None]) -> list[ExchangePosition]:
        return [_read_position(row, market_of(row["contract"])) for row in rows(raw) if decimal(row["size"])]

    def balances(self) -> Call:
        return Call("privateFuturesGetSettleAccounts", dict(USDT))

    def read_balances(self, raw: Raw) -> list[Balance]:
        """Total is what the account is worth: the balance, which leaves them out, and unrealized profits."""
        _require_classic(raw)
        total = decimal(raw["total"]) + decimal(raw["unrealised_pnl"])
        free = min(decimal(raw["available"]), total)
        return [Balance(currency=raw["currency"], free=free, used=total - free, total=total)] if total else []

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        """Times are whole seconds: a window is asked for with the seconds in which it starts and ends."""
        asked: dict[str, Any] = {"contract": market.id, "limit": self.fills_page}
        if since_ms is not None:
            asked["from"] = since_ms // 1000
        if until_ms is not None:
            asked["to"] = -(-until_ms // 1000)
        return Call("privateFuturesGetSettleMyTradesTimerange", USDT | asked)

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [_read_fill(row, market) for row in rows(raw)]

    # what the exchange says of the key
    def key_calls(self, *, testnet: bool) -> list[Call]:
        return [self.balances()]

    def read_key(self, raw: Raw) -> KeyReport:
        """A key's own rights are not told to it: that it may read futures is what the answer proves."""
        _require_classic(raw)
        return KeyReport(
            can_read=True,
            can_trade_spot=None,
            can_trade_futures=None,
            can_withdraw=None,
            ip_restricted=None,
            position_mode=self.read_position_mode(raw),
        )


def _require_classic(raw: dict[str, Any]) -> None:
    """The balance "is only applicable to classic contract accounts": of a unified one it would be read as something else."""
    if int(raw.get("margin_mode") or 0):
        raise Unsupported("Unified accounts cannot be traded here; use a classic account", code="unified_account")


def _moment(seconds: Any) -> datetime:
    return moment(int(decimal(seconds) * 1000))


def _read_fill(row: dict[str, Any], market: Market) -> ExchangeFill:
    contracts_traded = decimal(row["size"])
    return ExchangeFill(
        trade_id=str(row["trade_id"]),
        exchange_order_id=str(row["order_id"]),
        market_key=market.key if row["contract"] == market.id else row["contract"],
        side=Side.BUY if contracts_traded > 0 else Side.SELL,
        price=decimal(row["price"]),
        quantity=abs(contracts_traded) * market.contract_size,
        fee=decimal(row["fee"]),
        fee_currency="USDT",
        realized_pnl=None,
        filled_at=_moment(row["create_time"]),
        client_order_id=client_id_of(row.get("text")),
    )


def _read_position(row: dict[str, Any], market: Market | None) -> ExchangePosition:
    """Without a market of ours it stays in contracts. Leverage 0 is cross margin."""
    size, isolated = decimal(row["size"]), decimal(row["leverage"])
    leverage = isolated or decimal_or_none(row.get("cross_leverage_limit"))
    return ExchangePosition(
        market_key=market.key if market else row["contract"],
        side=PositionSide.LONG if size > 0 else PositionSide.SHORT,
        quantity=abs(size) * (market.contract_size if market else 1),
        entry_price=decimal(row["entry_price"]),
        mark_price=decimal_or_none(row["mark_price"]),
        unrealized_pnl=decimal(row["unrealised_pnl"]),
        leverage=int(leverage) if leverage else None,
        margin_mode=MarginMode.ISOLATED if isolated else MarginMode.CROSS,
        liquidation_price=decimal_or_none(row.get("liq_price")),
    )
