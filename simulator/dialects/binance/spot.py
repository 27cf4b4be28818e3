"""The paths of spot trading (`/api/v3`), and those of `/sapi` and `/dapi` that clients ask on their way."""

from simulator.core.markets import Kind
from simulator.dialects.binance import exchange_info, market_data
from simulator.dialects.binance import spot_account as account
from simulator.dialects.binance import spot_lists as lists
from simulator.dialects.binance import spot_orders as orders
from simulator.dialects.binance.call import Handler, Route

Routes = dict[tuple[str, str], Route]


def public(path: str, handler: Handler, weight: int = 2) -> Routes:
    return {("GET", path): Route(Kind.SPOT, handler, weight)}


def reads(path: str, handler: Handler, weight: int = 4) -> Routes:
    return {("GET", path): Route(Kind.SPOT, handler, weight, signed=True)}


def trades(method: str, path: str, handler: Handler, *, counts: bool = False) -> Routes:
    return {(method, path): Route(Kind.SPOT, handler, 1, signed=True, trades=True, counts_order=counts)}


SHARED = {("GET", f"/api/v3/{name}"): Route(Kind.SPOT, handler, 2) for name, handler in market_data.SHARED.items()}

ROUTES: Routes = {
    **SHARED,
    **public("/api/v3/exchangeInfo", exchange_info.spot_info, 20),
    **trades("POST", "/api/v3/order", orders.new_order, counts=True),
    **reads("/api/v3/order", orders.query_order),
    **trades("DELETE", "/api/v3/order", orders.cancel_order),
    **reads("/api/v3/openOrders", orders.open_orders, 6),
    **trades("DELETE", "/api/v3/openOrders", orders.cancel_all),
    **reads("/api/v3/allOrders", orders.all_orders, 20),
    **reads("/api/v3/myTrades", orders.my_trades, 20),
    **trades("POST", "/api/v3/orderList/oco", lists.new_oco, counts=True),
    **reads("/api/v3/orderList", lists.query_list),
    **trades("DELETE", "/api/v3/orderList", lists.cancel_list),
    **reads("/api/v3/openOrderList", lists.open_lists, 6),
    **reads("/api/v3/allOrderList", lists.all_lists, 20),
    **reads("/api/v3/account", account.account, 20),
    **reads("/sapi/v1/account/apiRestrictions", account.api_restrictions, 1),
    **reads("/sapi/v1/capital/config/getall", account.coins, 10),
    **reads("/sapi/v1/margin/allPairs", account.nothing, 1),
    **reads("/sapi/v1/margin/isolated/allPairs", account.nothing, 10),
    **public("/dapi/v1/exchangeInfo", account.no_symbols, 1),
}
