"""OKX spot: what is sent and how answers are read.

`tdMode` cash: without margin, on accounts of the spot and futures modes. Beside a stop no target stands: a pair ("oco") is one
algo with one id for both, so that neither could be looked up or cancelled by an id of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw
from exchanges.raw_values import decimal, plain
from exchanges.types import Balance, Leg, Market, OrderAnswer, OrderTerms, PositionSide, ProtectionLeg, Side
from exchanges.venues.okx_answers import rows
from exchanges.venues.okx_dialect import OkxDialect

CASH = {"tdMode": "cash"}


class OkxSpot(OkxDialect):
    market_options: Mapping[str, Any] = {"fetchMarkets": {"types": ["spot"]}}
    inst_type = "SPOT"
    trigger_price_type = "last"  # "spot trading only supports using the last price as trigger price" (51415)

    # orders
    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        return self._market_order(market, Side.BUY, plain(cost), client_order_id, CASH | {"tgtCcy": "quote_ccy"})

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        how = CASH | {"tgtCcy": "base_ccy"}
        return self._market_order(market, side.exit_side, plain(quantity), client_order_id, how)

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        """With the fee (negative there: charged): it is taken from what was received."""
        answer = super().read_order(raw, market)
        told = answer.raw.get("fee")
        return replace(answer, fee=-decimal(told or 0), fee_currency=str(answer.raw.get("feeCcy") or ""))

    # protection
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        """The stop where both are wanted."""
        alone = [leg for leg in legs if leg.leg is Leg.STOP] or legs
        return [self._algo(market, side, quantity, leg, CASH) for leg in alone]

    # what the account holds
    def read_balances(self, raw: Raw) -> list[Balance]:
        balances = []
        for row in rows(raw)[0]["details"]:
            total, free = decimal(row["cashBal"]), decimal(row["availBal"] or 0)
            if total or free:
                balances.append(Balance(currency=row["ccy"], free=free, used=total - free, total=total))
        return balances
