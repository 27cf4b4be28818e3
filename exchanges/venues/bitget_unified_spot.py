"""Bitget spot on a unified account (v3, category SPOT): only what is held already can be looked at and sold.

Nothing is bought: a spot stop is a strategy order of type "trigger", and the exchange keeps a client's own id with type "tpsl" only.
A stop that cannot be told from others, nor found again after a lost answer, is none (D4, D7).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw
from exchanges.errors import Refused, Unsupported
from exchanges.types import Balance, KeyReport, Market, OrderAnswer, OrderTerms, PositionSide, ProtectionLeg
from exchanges.venues.bitget_answers import read_accepted_leg
from exchanges.venues.bitget_dialect import NO_BROKER
from exchanges.venues.bitget_keys import read_unified_key
from exchanges.venues.bitget_unified import BitgetUnified


class BitgetUnifiedSpot(BitgetUnified):
    category = "SPOT"
    market_options: Mapping[str, Any] = NO_BROKER | {"uta": True, "fetchMarkets": {"types": ["spot"], "uta": False}}

    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        raise Refused(
            "Spot is not traded on unified accounts: its stop could not be kept track of", code="unified_spot"
        )

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        return self._order(market.id, side.exit_side, quantity, client_order_id, {})

    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        raise Unsupported("A spot stop of a unified account takes no id of ours", code="unified_spot")

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        return [read_accepted_leg(raw, legs[0])]

    def read_balances(self, raw: Raw) -> list[Balance]:
        """None beside those of futures: all coins of the account are told there, once."""
        return []

    def key_calls(self, *, testnet: bool) -> list[Call]:
        return [Call("privateUtaGetV3AccountInfo")]

    def read_key(self, raw: Raw) -> KeyReport:
        return read_unified_key(raw)
