"""What Bybit v5's categories share: clock, prices, how orders are placed and told, balances, trades, keys. Unified accounts only.

Documentation: bybit-exchange.github.io/docs/v5/…; each request's page is named beside it.
"""

from abc import ABC
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from exchanges.dialect import Call, Dialect, FillsOrder, Raw, not_found
from exchanges.raw_values import decimal, decimal_or_none, moment, require_id
from exchanges.types import (
    Balance,
    ExchangeFill,
    KeyReport,
    Market,
    MarketType,
    OrderAnswer,
    OrderState,
    ProtectionLeg,
    Side,
)

# A request is refused as stale when it is older than this, or more than a second ahead ("Integration Guidance"). It counts
# for every request, since ccxt takes it from its options.
RECV_WINDOW_MS = 3000
# What ccxt would otherwise ask the exchange before each order: is the account unified?
NO_PROBES = {"enableUnifiedMargin": False, "enableUnifiedAccount": True, "unifiedMarginStatus": 6}

STATES = {  # /v5/enum#orderstatus
    "Created": OrderState.OPEN,
    "New": OrderState.OPEN,
    "Untriggered": OrderState.OPEN,
    "Triggered": OrderState.OPEN,
    "Active": OrderState.OPEN,
    "PartiallyFilled": OrderState.PARTIAL,
    "PartiallyFilledCanceled": OrderState.CANCELLED,
    "Filled": OrderState.FILLED,
    "Cancelled": OrderState.CANCELLED,
    "Deactivated": OrderState.CANCELLED,
    "Rejected": OrderState.REFUSED,
}
SIDES = {Side.BUY: "Buy", Side.SELL: "Sell"}


class BybitDialect(Dialect, ABC):
    """One category of a unified account."""

    ccxt_id = "bybit"
    wallet = "unified"
    category: ClassVar[str]
    fills_order = FillsOrder.NEWEST_FIRST
    fills_window = timedelta(days=7)  # "endTime - startTime <= 7 days"
    fills_page = 100

    def server_time(self) -> Call:
        return Call("publicGetV5MarketTime")

    def read_server_time(self, raw: Raw) -> int:
        return int(raw["result"]["timeNano"]) // 1_000_000

    # market data: /v5/market/tickers
    def price(self, market: Market) -> Call:
        return Call("publicGetV5MarketTickers", {"category": self.category, "symbol": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(_only(raw)["lastPrice"])

    def prices(self) -> Call:
        return Call("publicGetV5MarketTickers", {"category": self.category})

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        told = {row["symbol"]: decimal_or_none(row["lastPrice"]) for row in raw["result"]["list"]}
        return {symbol: price for symbol, price in told.items() if price}

    def best_bid_ask(self, market: Market) -> Call:
        return self.price(market)

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        row = _only(raw)
        bid, ask = decimal_or_none(row["bid1Price"]), decimal_or_none(row["ask1Price"])
        return (bid, ask) if bid and ask else None

    # orders: /v5/order/create
    def _market_order(self, market: Market, side: Side, client_order_id: str) -> dict[str, Any]:
        return {
            "category": self.category,
            "symbol": market.id,
            "side": SIDES[side],
            "orderType": "Market",
            "orderLinkId": client_order_id,
        }

    def read_placed(self, raw: Raw, market: Market, client_order_id: str) -> OrderAnswer:
        """The request was accepted, which is all that is told: what became of the order must be asked."""
        result = raw["result"]
        return OrderAnswer(
            client_order_id=result["orderLinkId"], exchange_order_id=require_id(result, "orderId"),
            state=OrderState.OPEN, filled_quantity=Decimal(0), average_price=None, raw=raw,
        )  # fmt: skip

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        return [self.read_placed(raw, market, leg.client_order_id) for leg in legs]

    def order_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        """/v5/order/realtime has open orders and the newest 500 closed ones, until "a server release or restart"; then
        /v5/order/history has them."""
        asked = {"category": self.category, "symbol": market.id, "orderLinkId": client_order_id}
        return Call("privateGetV5OrderRealtime", asked), Call("privateGetV5OrderHistory", asked)

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        return self.order_by_client_id(market, client_order_id)

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        rows = raw["result"]["list"]
        if not isinstance(rows, list) or len(rows) > 1:  # the filter was not understood: whose order is this?
            raise ValueError("not the one order that was asked for")
        if not rows:
            raise not_found()
        return self._read_row(rows[0], market)

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return self.read_order(raw, market)

    def _read_row(self, row: Mapping[str, Any], market: Market) -> OrderAnswer:
        exchange_order_id = require_id(row, "orderId")
        filled, trigger = decimal(row["cumExecQty"] or 0), decimal_or_none(row.get("triggerPrice"))
        average = decimal_or_none(row.get("avgPrice"))
        if average is None and filled:
            average = decimal(row["cumExecValue"]) / filled
        return OrderAnswer(
            client_order_id=row["orderLinkId"],
            exchange_order_id=exchange_order_id,
            state=STATES[row["orderStatus"]],
            filled_quantity=filled,
            average_price=average if filled else None,
            quantity=decimal_or_none(row["qty"]),
            trigger_price=trigger,
            # a triggered order keeps its id
            triggered_order_id=exchange_order_id if filled and trigger else "",
            raw=dict(row),
        )

    # what the account holds
    def balances(self) -> Call:  # /v5/account/wallet-balance
        return Call("privateGetV5AccountWalletBalance", {"accountType": "UNIFIED"})

    def read_balances(self, raw: Raw) -> list[Balance]:
        """Free is what no order and no position holds, without unrealized profit: in cross mode the account may lend more."""
        balances = []
        for row in _only(raw)["coin"]:
            wallet, equity = decimal(row["walletBalance"]), decimal(row["equity"])
            held = sum(
                (decimal(row.get(name) or 0) for name in ("locked", "totalOrderIM", "totalPositionIM")), Decimal(0)
            )
            total = self._total(wallet, equity)
            free = max(Decimal(0), min(wallet, equity, total) - held)
            if total or wallet:
                balances.append(Balance(currency=row["coin"], free=free, used=total - free, total=total))
        return balances

    def _total(self, wallet: Decimal, equity: Decimal) -> Decimal:
        return equity

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        """/v5/execution/list. Ids are no sequence: pages are followed by time."""
        given = {"startTime": since_ms, "endTime": until_ms}
        params: dict[str, Any] = {"category": self.category, "symbol": market.id, "limit": self.fills_page}
        return Call(
            "privateGetV5ExecutionList", params | {name: value for name, value in given.items() if value is not None}
        )

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [_read_fill(row, market) for row in raw["result"]["list"]]

    def read_key(self, raw: Raw) -> KeyReport:
        """/v5/user/query-api; any other answer only shows that the key reads."""
        result = raw["result"]
        if "permissions" not in result:
            return KeyReport(True, None, None, None, None, None)
        permissions = result["permissions"]
        # a classic account is spoken to in another way: its key trades nothing here
        trades = str(result["readOnly"]) == "0" and str(result.get("uta", 1)) != "0"
        contracts = {"Order", "Position"} <= set(permissions.get("ContractTrade") or ())
        return KeyReport(
            can_read=True,
            can_trade_spot=trades and "SpotTrade" in (permissions.get("Spot") or ()),
            can_trade_futures=trades and (contracts or "DerivativesTrade" in (permissions.get("Derivatives") or ())),
            can_withdraw="Withdraw" in (permissions.get("Wallet") or ()),
            ip_restricted=bool(result.get("ips")) and "*" not in result["ips"],
            position_mode=None,
        )


def _only(raw: Raw) -> Any:
    (row,) = raw["result"]["list"]
    return row


def _read_fill(row: Mapping[str, Any], market: Market) -> ExchangeFill:
    """Funding is told among the trades: quantity zero, since it only takes room on the page."""
    is_trade = row["execType"] != "Funding"
    profit = row.get("execPnl")
    side = Side(row["side"].lower())
    bought = market.market_type is MarketType.SPOT and side is Side.BUY
    return ExchangeFill(
        trade_id=row["execId"],
        exchange_order_id=row["orderId"],
        market_key=market.key,
        side=side,
        price=decimal(row["execPrice"]),
        quantity=decimal(row["execQty"]) if is_trade else Decimal(0),
        fee=decimal(row["execFee"] or 0),
        fee_currency=row.get("feeCurrency") or (market.base if bought else market.quote),
        realized_pnl=decimal(profit) if is_trade and profit not in (None, "") else None,
        filled_at=moment(row["execTime"]),
        client_order_id=row.get("orderLinkId") or "",
    )
