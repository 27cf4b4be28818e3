"""Which handler answers which path."""

from typing import Any

from simulator.core.markets import Kind
from simulator.dialects.bitget import (
    market_data,
    mix_account,
    mix_orders,
    mix_plans,
    spot_account,
    spot_orders,
    spot_plans,
    strategies,
    unified_account,
    unified_orders,
)
from simulator.dialects.bitget.errors import unified
from simulator.dialects.routes import Route, Table

MIX, SPOT, V3 = "/api/v2/mix/", "/api/v2/spot/", "/api/v3/"


def _kind(path: str) -> Kind:
    return Kind.SPOT if path.startswith((SPOT, "/api/v2/margin/")) else Kind.FUTURES


def _route(path: str, handler: Any, **says: bool) -> Route:
    return Route(_kind(path), unified(handler) if path.startswith(V3) else handler, **says)


def _public(path: str, handler: Any) -> Table:
    return {("GET", path): _route(path, handler)}


def _reads(path: str, handler: Any) -> Table:
    return {("GET", path): _route(path, handler, signed=True)}


def _trades(path: str, handler: Any, *, counts: bool = False) -> Table:
    return {("POST", path): _route(path, handler, signed=True, trades=True, counts_order=counts)}


PUBLIC: Table = {
    **_public("/api/v2/public/time", market_data.server_time),
    **_public(f"{MIX}market/contracts", market_data.contracts),
    **_public(f"{MIX}market/ticker", market_data.tickers),
    **_public(f"{MIX}market/tickers", market_data.tickers),
    **_public(f"{SPOT}public/symbols", market_data.spot_symbols),
    **_public(f"{SPOT}market/tickers", market_data.tickers),
    **_public("/api/v2/margin/currencies", market_data.margin_currencies),
    **_public(f"{V3}market/instruments", market_data.instruments),
    **_public(f"{V3}market/tickers", market_data.unified_tickers),
}
CLASSIC_FUTURES: Table = {
    **_reads(f"{MIX}account/account", mix_account.account),
    **_reads(f"{MIX}account/accounts", mix_account.accounts),
    **_trades(f"{MIX}account/set-leverage", mix_account.set_leverage),
    **_trades(f"{MIX}account/set-margin-mode", mix_account.set_margin_mode),
    **_trades(f"{MIX}account/set-position-mode", mix_account.set_position_mode),
    **_reads(f"{MIX}account/bill", mix_account.bills),
    **_reads(f"{MIX}position/all-position", mix_account.positions),
    **_reads(f"{MIX}position/single-position", mix_account.positions),
    **_trades(f"{MIX}order/place-order", mix_orders.place, counts=True),
    **_reads(f"{MIX}order/detail", mix_orders.show),
    **_trades(f"{MIX}order/cancel-order", mix_orders.cancel),
    **_reads(f"{MIX}order/orders-pending", mix_orders.list_open),
    **_reads(f"{MIX}order/orders-history", mix_orders.list_closed),
    **_reads(f"{MIX}order/fills", mix_orders.list_fills),
    **_trades(f"{MIX}order/place-tpsl-order", mix_plans.place, counts=True),
    **_trades(f"{MIX}order/place-pos-tpsl", mix_plans.place_for_position, counts=True),
    **_reads(f"{MIX}order/orders-plan-pending", mix_plans.list_pending),
    **_reads(f"{MIX}order/orders-plan-history", mix_plans.list_history),
    **_trades(f"{MIX}order/cancel-plan-order", mix_plans.cancel),
}
CLASSIC_SPOT: Table = {
    **_reads(f"{SPOT}account/info", spot_account.info),
    **_reads(f"{SPOT}account/assets", spot_account.assets),
    **_trades(f"{SPOT}trade/place-order", spot_orders.place, counts=True),
    **_trades(f"{SPOT}trade/cancel-order", spot_orders.cancel),
    **_reads(f"{SPOT}trade/orderInfo", spot_orders.show),
    **_reads(f"{SPOT}trade/unfilled-orders", spot_orders.list_open),
    **_reads(f"{SPOT}trade/history-orders", spot_orders.list_closed),
    **_reads(f"{SPOT}trade/fills", spot_orders.list_fills),
    **_trades(f"{SPOT}trade/place-plan-order", spot_plans.place, counts=True),
    **_trades(f"{SPOT}trade/cancel-plan-order", spot_plans.cancel),
    **_reads(f"{SPOT}trade/current-plan-order", spot_plans.list_pending),
    **_reads(f"{SPOT}trade/history-plan-order", spot_plans.list_history),
    **_reads(f"{SPOT}trade/plan-sub-order", spot_plans.sub_orders),
}
UNIFIED: Table = {
    **_reads(f"{V3}account/settings", unified_account.settings),
    **_reads(f"{V3}account/info", unified_account.info),
    **_reads(f"{V3}account/assets", unified_account.assets),
    **_trades(f"{V3}account/set-leverage", unified_account.set_leverage),
    **_trades(f"{V3}account/set-hold-mode", unified_account.set_hold_mode),
    **_reads(f"{V3}account/financial-records", unified_account.records),
    **_reads(f"{V3}position/current-position", unified_account.positions),
    **_trades(f"{V3}trade/place-order", unified_orders.place, counts=True),
    **_trades(f"{V3}trade/cancel-order", unified_orders.cancel),
    **_reads(f"{V3}trade/order-info", unified_orders.show),
    **_reads(f"{V3}trade/unfilled-orders", unified_orders.list_open),
    **_reads(f"{V3}trade/fills", unified_orders.list_fills),
    **_trades(f"{V3}trade/place-strategy-order", strategies.place, counts=True),
    **_trades(f"{V3}trade/cancel-strategy-order", strategies.cancel),
    **_reads(f"{V3}trade/unfilled-strategy-orders", strategies.list_pending),
    **_reads(f"{V3}trade/history-strategy-orders", strategies.list_history),
    **_reads(f"{V3}trade/strategy-sub-orders", strategies.sub_orders),
}
ROUTES: Table = {**PUBLIC, **CLASSIC_FUTURES, **CLASSIC_SPOT, **UNIFIED}
