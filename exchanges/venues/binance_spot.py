"""Binance spot: what is sent and how answers are read. Protection of a purchase is one order list (OCO), D27."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from exchanges.client_ids import order_list_id
from exchanges.dialect import Call, ProtectionCall, Raw
from exchanges.raw_values import decimal, decimal_or_none, moment, plain, require_id
from exchanges.types import (
    Balance,
    ExchangeFill,
    KeyReport,
    Leg,
    Market,
    OrderAnswer,
    OrderTerms,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venues.binance_answers import STATES
from exchanges.venues.binance_dialect import ORDER_RECV_WINDOW_MS, BinanceDialect

# At the trigger both become market orders: the stop must get out at any price.
_TYPES = {Leg.STOP: "STOP_LOSS", Leg.TARGET: "TAKE_PROFIT"}


class BinanceSpot(BinanceDialect):
    ccxt_id = "binance"
    market_options: Mapping[str, Any] = {"fetchMargins": False, "fetchMarkets": {"types": ["spot"]}}
    fills_window = timedelta(hours=24)  # "the time between startTime and endTime can't be longer than 24 hours"
    siblings_fall_together = True

    time_endpoint = "publicGetTime"
    price_endpoint = "publicGetTickerPrice"
    book_endpoint = "publicGetTickerBookTicker"
    order_endpoint = "privateGetOrder"
    trades_endpoint = "privateGetMyTrades"
    answer_kind = "FULL"  # the answer carries fills with their fees

    # orders
    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        params = self._market_order(market, Side.BUY, client_order_id)
        return Call("privatePostOrder", params | {"quoteOrderQty": plain(cost)})

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        params = self._market_order(market, side.exit_side, client_order_id)
        return Call("privatePostOrder", params | {"quantity": plain(quantity)})

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        exchange_order_id = require_id(raw, "orderId")
        filled, cost = decimal(raw["executedQty"]), decimal(raw["cummulativeQuoteQty"])
        state = STATES[raw["status"]]
        fee, fee_currency = _fee(raw)
        return OrderAnswer(
            # a cancelled order is told under the cancellation's own id
            client_order_id=raw.get("origClientOrderId") or raw["clientOrderId"],
            exchange_order_id=exchange_order_id,
            state=state,
            filled_quantity=filled,
            average_price=cost / filled if filled else None,
            # a market order by cost has no quantity of its own
            quantity=decimal_or_none(raw.get("origQty")),
            trigger_price=decimal_or_none(raw.get("stopPrice")),
            # a triggered order keeps its id on spot
            triggered_order_id=exchange_order_id if filled and decimal_or_none(raw.get("stopPrice")) else "",
            fee=fee,
            fee_currency=fee_currency,
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
        shared: dict[str, str | int] = {
            "symbol": market.id,
            "side": side.exit_side.value.upper(),
            "quantity": plain(quantity),
            "newOrderRespType": "FULL",
            "recvWindow": ORDER_RECV_WINDOW_MS,
        }
        by_leg = {leg.leg: leg for leg in legs}
        if len(by_leg) == 2:
            return [ProtectionCall(_oco(shared, by_leg[Leg.STOP], by_leg[Leg.TARGET]), tuple(legs))]
        return [
            ProtectionCall(
                Call(
                    "privatePostOrder",
                    shared
                    | {
                        "type": _TYPES[leg.leg],
                        "stopPrice": plain(leg.trigger_price),
                        "newClientOrderId": leg.client_order_id,
                    },
                ),
                (leg,),
            )
            for leg in legs
        ]

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        if "orderReports" in raw:
            return [self.read_protection_order(report, market) for report in raw["orderReports"]]
        return [self.read_protection_order(raw, market)]

    def standing(self, market: Market) -> Call:
        return Call("privateGetOpenOrders", {"symbol": market.id})

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        """Conditional orders and legs of order lists; plain limit orders of the client's own are not protection."""
        return [
            self.read_protection_order(row, market)
            for row in raw
            if decimal_or_none(row.get("stopPrice")) or row.get("orderListId", -1) != -1
        ]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Call:
        return self.order_by_client_id(market, client_order_id)

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return self.read_order(raw, market)

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        return Call("privateDeleteOrder", {"symbol": market.id, "origClientOrderId": client_order_id})

    def read_cancelled(self, raw: Raw) -> set[str]:
        """Cancelling one leg of an order list cancels the list: both legs are told."""
        return {str(order["clientOrderId"]) for order in raw.get("orders", ())}

    # what the account holds
    def balances(self) -> Call:
        return Call("privateGetAccount", {"omitZeroBalances": "true"})

    def read_balances(self, raw: Raw) -> list[Balance]:
        balances = []
        for row in raw["balances"]:
            free, used = decimal(row["free"]), decimal(row["locked"])
            if free or used:
                balances.append(Balance(currency=row["asset"], free=free, used=used, total=free + used))
        return balances

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [
            ExchangeFill(
                trade_id=str(row["id"]),
                exchange_order_id=str(row["orderId"]),
                market_key=market.key,
                side=Side.BUY if row["isBuyer"] else Side.SELL,
                price=decimal(row["price"]),
                quantity=decimal(row["qty"]),
                fee=decimal(row["commission"]),
                fee_currency=row["commissionAsset"],
                realized_pnl=None,
                filled_at=moment(row["time"]),
            )
            for row in raw
        ]

    def key_calls(self, *, testnet: bool) -> list[Call]:
        """The key's own rights where they can be asked (not on demo hosts), else the account's."""
        account = Call("privateGetAccount", {"omitZeroBalances": "true"})
        return [account] if testnet else [Call("sapiGetAccountApiRestrictions"), account]

    def read_key(self, raw: Raw) -> KeyReport:
        if "enableReading" in raw:
            return KeyReport(
                can_read=bool(raw["enableReading"]),
                can_trade_spot=bool(raw["enableSpotAndMarginTrading"]),
                can_trade_futures=bool(raw["enableFutures"]),
                can_withdraw=bool(raw["enableWithdrawals"]),
                ip_restricted=bool(raw["ipRestrict"]),
                position_mode=None,
            )
        # the account's canWithdraw speaks of the account, not of the key
        return KeyReport(
            can_read=True,
            can_trade_spot=bool(raw["canTrade"]),
            can_trade_futures=None,
            can_withdraw=None,
            ip_restricted=None,
            position_mode=None,
        )


def _oco(shared: dict[str, str | int], stop: ProtectionLeg, target: ProtectionLeg) -> Call:
    """On the sell side the target stands above the price, the stop below ("New Order list - OCO")."""
    return Call(
        "privatePostOrderListOco",
        shared
        | {
            "listClientOrderId": order_list_id(stop.client_order_id),
            "aboveType": _TYPES[Leg.TARGET],
            "aboveClientOrderId": target.client_order_id,
            "aboveStopPrice": plain(target.trigger_price),
            "belowType": _TYPES[Leg.STOP],
            "belowClientOrderId": stop.client_order_id,
            "belowStopPrice": plain(stop.trigger_price),
        },
    )


def _fee(raw: dict[str, Any]) -> tuple[Decimal, str]:
    """The fee of the answer's fills. Taken partly in another coin, the bought coin's share is told: it decides what is left to sell."""
    fees: dict[str, Decimal] = {}
    for fill in raw.get("fills") or ():
        coin = fill["commissionAsset"]
        fees[coin] = fees.get(coin, Decimal(0)) + decimal(fill["commission"])
    if not fees:
        return Decimal(0), ""
    coin = next((coin for coin in fees if raw["symbol"].startswith(coin)), next(iter(fees)))
    return fees[coin], coin
