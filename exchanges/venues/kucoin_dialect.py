"""What KuCoin's futures and spot share: the key and what it may. Two hosts, two sets of paths, one way to sign."""

from abc import ABC
from collections.abc import Mapping
from typing import Any

from exchanges.dialect import Call, Dialect, FillsOrder, Raw
from exchanges.types import KeyReport, Market, OrderAnswer
from exchanges.venues.kucoin_answers import read_id

# ccxt counts its orders as brought by a partner unless it knows none.
NO_PARTNER: Mapping[str, Any] = {
    "partner": {"spot": {"id": None, "key": None}, "future": {"id": None, "key": None}},
}
_WITHDRAWING = frozenset({"Transfer", "Withdrawal"})  # beside "InnerTransfer", which stays inside the exchange


class KucoinDialect(Dialect, ABC):
    fills_order = FillsOrder.NEWEST_FIRST

    def read_server_time(self, raw: Raw) -> int:
        return int(raw["data"])

    def read_placed(self, raw: Raw, market: Market, client_order_id: str) -> OrderAnswer:
        """KuCoin answers with both ids and nothing of what became of the order."""
        return read_id(raw, client_order_id)

    def key_calls(self, *, testnet: bool) -> list[Call]:
        return [Call("privateGetUserApiKey")]

    def read_key(self, raw: Raw) -> KeyReport:
        rights = {right.strip() for right in raw["data"]["permission"].split(",")}
        return KeyReport(
            can_read="General" in rights,
            can_trade_spot="Spot" in rights,
            can_trade_futures="Futures" in rights,
            can_withdraw=bool(rights & _WITHDRAWING),
            ip_restricted=bool(raw["data"].get("ipWhitelist")),
            position_mode=None,
        )
