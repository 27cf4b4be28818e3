"""Bybit spot: what is sent and how answers are read. There is no order list: a stop locks the coins, so it stands alone and the
target is watched by us (D27). Its trigger is the last price: spot has no other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw
from exchanges.raw_values import decimal, plain
from exchanges.types import Leg, Market, OrderAnswer, OrderTerms, PositionSide, ProtectionLeg, Side
from exchanges.venues.bybit_dialect import NO_PROBES, RECV_WINDOW_MS, BybitDialect

_TPSL = "tpslOrder"  # "the assets are occupied even before the order is triggered"


class BybitSpot(BybitDialect):
    category = "spot"
    refuses_passed_stops = False  # nobody says which way the price must go: it would wait for a rise
    market_options: Mapping[str, Any] = {
        "fetchMarkets": {"types": ["spot"]},
        "recvWindow": RECV_WINDOW_MS,
        **NO_PROBES,
    }

    # orders
    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        """Rounded down to what a step at a tick costs, the finest amount that the exchange takes (quotePrecision)."""
        finest = market.price_step * market.quantity_step
        params = self._market_order(market, Side.BUY, client_order_id) | {
            "qty": plain(cost.quantize(finest.normalize(), ROUND_DOWN) if finest < 1 else cost),
            "marketUnit": "quoteCoin",
        }
        return Call("privatePostV5OrderCreate", params)

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        return Call("privatePostV5OrderCreate", self._sale(market, side, quantity, client_order_id))

    def _sale(self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str) -> dict[str, Any]:
        params = self._market_order(market, side.exit_side, client_order_id)
        return params | {"qty": plain(quantity), "marketUnit": "baseCoin"}

    def _read_row(self, row: Mapping[str, Any], market: Market) -> OrderAnswer:
        answer = super()._read_row(row, market)
        fee, fee_currency = _fee(row, market)
        if row.get("marketUnit") == "quoteCoin" and row["side"] == "Buy":  # `qty` is what was to be spent
            answer = replace(answer, quantity=None)
        return replace(answer, fee=fee, fee_currency=fee_currency)

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
                    "privatePostV5OrderCreate",
                    self._sale(market, side, quantity, leg.client_order_id)
                    | {"triggerPrice": plain(leg.trigger_price), "orderFilter": _TPSL},
                ),
                (leg,),
            )
            for leg in alone
        ]

    def standing(self, market: Market) -> Call:
        params = {"category": self.category, "symbol": market.id, "orderFilter": _TPSL, "limit": 50}
        return Call("privateGetV5OrderRealtime", params)

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        return [self._read_row(row, market) for row in raw["result"]["list"]]

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        """Without a filter only plain orders are looked through."""
        params = {"category": self.category, "symbol": market.id, "orderLinkId": client_order_id, "orderFilter": _TPSL}
        return Call("privatePostV5OrderCancel", params)

    # what the account holds
    def _total(self, wallet: Decimal, equity: Decimal) -> Decimal:
        return wallet

    def key_calls(self, *, testnet: bool) -> list[Call]:
        """/v5/user/query-api, which demo hosts do not have."""
        return [self.balances()] if testnet else [Call("privateGetV5UserQueryApi")]


def _fee(row: Mapping[str, Any], market: Market) -> tuple[Decimal, str]:
    """The order's fee. Taken partly in another coin, the bought coin's share is told: it decides what is left to sell."""
    detail = {coin: decimal(fee) for coin, fee in (row.get("cumFeeDetail") or {}).items()}
    if detail:
        coin = market.base if market.base in detail else next(iter(detail))
        return detail[coin], coin
    fee = decimal(row.get("cumExecFee") or 0)
    return fee, (market.base if row["side"] == "Buy" else market.quote) if fee else ""
