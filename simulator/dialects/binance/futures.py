"""The paths of USDT-M futures: `/fapi/v1`, `/fapi/v2`, `/fapi/v3`."""

from simulator.core.markets import Kind
from simulator.dialects.binance import exchange_info, market_data
from simulator.dialects.binance import futures_account as account
from simulator.dialects.binance import futures_algos as algos
from simulator.dialects.binance import futures_orders as orders
from simulator.dialects.binance import futures_positions as positions
from simulator.dialects.binance.call import Handler, Route

Routes = dict[tuple[str, str], Route]


def public(path: str, handler: Handler, weight: int = 1) -> Routes:
    return {("GET", path): Route(Kind.FUTURES, handler, weight)}


def reads(path: str, handler: Handler, weight: int = 1) -> Routes:
    return {("GET", path): Route(Kind.FUTURES, handler, weight, signed=True)}


def trades(method: str, path: str, handler: Handler, *, weight: int = 1, counts: bool = False) -> Routes:
    return {(method, path): Route(Kind.FUTURES, handler, weight, signed=True, trades=True, counts_order=counts)}


SHARED = {("GET", f"/fapi/v1/{name}"): Route(Kind.FUTURES, handler) for name, handler in market_data.SHARED.items()}

ROUTES: Routes = {
    **SHARED,
    **public("/fapi/v1/exchangeInfo", exchange_info.futures_info),
    **public("/fapi/v2/ticker/price", market_data.ticker_price),
    **public("/fapi/v1/premiumIndex", market_data.premium_index),
    **public("/fapi/v1/fundingRate", market_data.funding_rates),
    **trades("POST", "/fapi/v1/order", orders.new_order, weight=0, counts=True),
    **reads("/fapi/v1/order", orders.query_order),
    **trades("DELETE", "/fapi/v1/order", orders.cancel_order),
    **reads("/fapi/v1/openOrder", orders.query_open_order),
    **reads("/fapi/v1/openOrders", orders.open_orders),
    **reads("/fapi/v1/allOrders", orders.all_orders, 5),
    **trades("DELETE", "/fapi/v1/allOpenOrders", orders.cancel_all),
    **reads("/fapi/v1/userTrades", orders.user_trades, 5),
    **reads("/fapi/v1/forceOrders", orders.force_orders, 20),
    **trades("POST", "/fapi/v1/algoOrder", algos.new_algo, weight=0, counts=True),
    **reads("/fapi/v1/algoOrder", algos.query_algo),
    **trades("DELETE", "/fapi/v1/algoOrder", algos.cancel_algo),
    **reads("/fapi/v1/openAlgoOrders", algos.open_algos),
    **reads("/fapi/v1/allAlgoOrders", algos.all_algos, 5),
    **trades("DELETE", "/fapi/v1/algoOpenOrders", algos.cancel_all_algos),
    **trades("POST", "/fapi/v1/leverage", account.set_leverage),
    **trades("POST", "/fapi/v1/marginType", account.set_margin_type),
    **reads("/fapi/v1/positionSide/dual", account.get_position_mode, 30),
    **trades("POST", "/fapi/v1/positionSide/dual", account.set_position_mode),
    **reads("/fapi/v1/multiAssetsMargin", account.get_multi_assets, 30),
    **trades("POST", "/fapi/v1/multiAssetsMargin", account.set_multi_assets),
    **reads("/fapi/v1/leverageBracket", account.leverage_bracket),
    **reads("/fapi/v1/commissionRate", account.commission_rate, 20),
    **reads("/fapi/v1/symbolConfig", account.symbol_config, 5),
    **reads("/fapi/v1/accountConfig", account.account_config, 5),
    **reads("/fapi/v1/income", account.income, 30),
    **reads("/fapi/v2/balance", account.balance, 5),
    **reads("/fapi/v3/balance", account.balance, 5),
    **reads("/fapi/v2/account", account.account_v2, 5),
    **reads("/fapi/v3/account", account.account_v3, 5),
    **reads("/fapi/v2/positionRisk", positions.position_risk_v2, 5),
    **reads("/fapi/v3/positionRisk", positions.position_risk_v3, 5),
}
