"""BingX spot: what is sent and how answers are read.

A stop (TAKE_STOP_MARKET) locks the coins, so it stands alone and the target is watched by us (D27). The answer to an order
tells no fee, so what was bought is always asked for. Client ids are known for two hours only ("Query Order details"): a
later "does not exist" says nothing of an order that was placed.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw
from exchanges.raw_values import decimal, decimal_or_none, moment, plain, require_id
from exchanges.types import (
    Balance,
    ExchangeFill,
    KeyReport,
    Leg,
    Market,
    OrderAnswer,
    OrderState,
    OrderTerms,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venues.bingx_answers import STATES, client_id_of
from exchanges.venues.bingx_dialect import BingxDialect, span

_MAY_TRADE_SPOT, _MAY_READ, _MAY_TRADE_FUTURES, _MAY_WITHDRAW = 1, 2, 3, 5  # "Query API KEY Permissions"


class BingxSpot(BingxDialect):
    ticker_endpoint = "spotV1PublicGetTicker24hr"
    client_id_field = "newClientOrderId"
    fills_window = timedelta(hours=23)
    fills_page = 500
    refuses_passed_stops = False  # the side of the trigger decides what it is: a stop above the price would be a target

    # orders
    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        params = self._order(market, Side.BUY, "MARKET", client_order_id)
        return Call("spotV1PrivatePostTradeOrder", params | {"quoteOrderQty": plain(cost)})

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        params = self._order(market, side.exit_side, "MARKET", client_order_id)
        return Call("spotV1PrivatePostTradeOrder", params | {"quantity": plain(quantity)})

    def read_placed(self, raw: Raw, market: Market, client_order_id: str) -> OrderAnswer:
        """It was accepted. State and quantity are told, the fee is not, which decides what is left to sell: the order is asked."""
        order = raw["data"]
        return OrderAnswer(
            client_order_id=client_id_of(order) or client_order_id,
            exchange_order_id=require_id(order, "orderId"),
            state=OrderState.OPEN,
            filled_quantity=Decimal(0),
            average_price=None,
            raw=raw,
        )

    def order_by_client_id(self, market: Market, client_order_id: str) -> Call:
        return Call("spotV1PrivateGetTradeQuery", {"symbol": market.id, "clientOrderID": client_order_id})

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return _read_order(raw["data"])

    # protection
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        """Both together would need the coins twice: then only the stop is placed."""
        alone = [leg for leg in legs if leg.leg is Leg.STOP] or legs
        return [
            ProtectionCall(
                Call(
                    "spotV1PrivatePostTradeOrder",
                    self._order(market, side.exit_side, "TAKE_STOP_MARKET", leg.client_order_id)
                    | {"quantity": plain(quantity), "stopPrice": plain(leg.trigger_price)},
                ),
                (leg,),
            )
            for leg in alone
        ]

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        return [self.read_placed(raw, market, leg.client_order_id) for leg in legs]

    def standing(self, market: Market) -> Call:
        return Call("spotV1PrivateGetTradeOpenOrders", {"symbol": market.id})

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        """Every order with a trigger; plain limit orders of the client's own are not protection."""
        return [_read_order(row) for row in raw["data"]["orders"] or () if _trigger(row)]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Call:
        return self.order_by_client_id(market, client_order_id)

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return self.read_order(raw, market)

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        """By the exchange's own id: the client's is known for two hours only, and a stop may stand for weeks."""
        return Call("spotV1PrivatePostTradeCancel", {"symbol": market.id, "orderId": exchange_order_id})

    cancels_by_exchange_id = True

    # what the account holds
    def balances(self) -> Call:
        return Call("spotV1PrivateGetAccountBalance")

    def read_balances(self, raw: Raw) -> list[Balance]:
        balances = []
        for row in raw["data"]["balances"] or ():
            free, used = decimal(row["free"]), decimal(row["locked"])
            if free or used:
                balances.append(Balance(currency=row["asset"], free=free, used=used, total=free + used))
        return balances

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        """ "If startTime/endTime is not filled in …, the data of the past 24 hours is returned by default"."""
        start, end = span(since_ms, until_ms, timedelta(hours=24))
        asked = {"symbol": market.id, "startTime": start, "endTime": end, "limit": self.fills_page}
        return Call("spotV1PrivateGetTradeMyTrades", asked)

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [
            ExchangeFill(
                trade_id=str(row["id"]),
                exchange_order_id=str(row["orderId"]),
                market_key=market.key,
                side=Side.BUY if row["isBuyer"] else Side.SELL,
                price=decimal(row["price"]),
                quantity=decimal(row["qty"]),
                fee=-decimal(row["commission"]),
                fee_currency=row["commissionAsset"],
                realized_pnl=None,
                filled_at=moment(row["time"]),
            )
            for row in raw["data"]["fills"] or ()
        ]

    # keys
    def key_calls(self, *, testnet: bool) -> list[Call]:
        """What the key may do; demo hosts have futures only, and are asked something that they know."""
        return [Call("swapV1PrivateGetPositionSideDual" if testnet else "accountV1PrivateGetAccountApiPermissions")]

    def read_key(self, raw: Raw) -> KeyReport:
        told = raw if "permissions" in raw else raw["data"]
        if "permissions" not in told:
            return KeyReport(True, False, None, None, None, None)
        rights = {int(right) for right in told["permissions"]}
        return KeyReport(
            can_read=_MAY_READ in rights,
            can_trade_spot=_MAY_TRADE_SPOT in rights,
            can_trade_futures=_MAY_TRADE_FUTURES in rights,
            can_withdraw=_MAY_WITHDRAW in rights,
            ip_restricted=bool(told["ipAddresses"]) if "ipAddresses" in told else None,
            position_mode=None,
        )


def _trigger(order: Mapping[str, Any]) -> Decimal | None:
    """The field is written both ways."""
    return decimal_or_none(order.get("stopPrice")) or decimal_or_none(order.get("StopPrice"))


def _read_order(order: Mapping[str, Any]) -> OrderAnswer:
    """A fee is told negative in some answers and positive in others; there are no rebates for orders at the market."""
    exchange_order_id = require_id(order, "orderId")
    filled, cost = decimal(order["executedQty"] or 0), decimal(order["cummulativeQuoteQty"] or 0)
    trigger, fee = _trigger(order), abs(decimal(order.get("fee") or 0))
    return OrderAnswer(
        client_order_id=client_id_of(order),
        exchange_order_id=exchange_order_id,
        state=STATES[order["status"].upper()],
        filled_quantity=filled,
        average_price=cost / filled if filled else None,
        quantity=decimal_or_none(order.get("origQty")),
        trigger_price=trigger,
        # a triggered order keeps its id
        triggered_order_id=exchange_order_id if filled and trigger else "",
        fee=fee,
        fee_currency=str(order.get("feeAsset") or "") if fee else "",
        raw=dict(order),
    )
