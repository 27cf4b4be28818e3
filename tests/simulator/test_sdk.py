"""The two official SDKs drive the simulator, and their typed models parse every answer strictly."""

import logging
from decimal import Decimal

import pytest
from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import BadRequestError, UnauthorizedError
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import DerivativesTradingUsdsFutures
from binance_sdk_spot.spot import Spot


@pytest.fixture(autouse=True)
def no_relaxed_parsing(caplog):
    """The SDKs fall back to laxer types, then to raw dicts, with a warning: neither may happen here."""
    with caplog.at_level(logging.WARNING):
        yield
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


def connect(sdk, sim, keys):
    config = ConfigurationRestAPI(api_key=keys["api_key"], api_secret=keys["secret"], base_path=sim.url, retries=0)
    return sdk(config_rest_api=config).rest_api


@pytest.fixture
def futures(sim):
    return connect(DerivativesTradingUsdsFutures, sim, sim.control.create_account())


@pytest.fixture
def spot(sim):
    return connect(Spot, sim, sim.control.create_account(coins={"USDT": "1000", "BTC": "1"}))


def test_futures_leverage_order_query_position_balance(futures):
    leverage = futures.change_initial_leverage(symbol="BTCUSDT", leverage=15).data()
    order = futures.new_order(
        symbol="BTCUSDT",
        side="BUY",
        type="MARKET",
        quantity=0.031,
        new_client_order_id="e1",
        new_order_resp_type="RESULT",
    ).data()
    found = futures.query_order(symbol="BTCUSDT", orig_client_order_id="e1").data()
    positions = futures.position_information_v3(symbol="BTCUSDT").data()
    older = futures.position_information_v2(symbol="BTCUSDT").data()
    balances = futures.futures_account_balance_v3().data()
    older_balances = futures.futures_account_balance_v2().data()
    trades = futures.account_trade_list(symbol="BTCUSDT").data()

    assert (leverage.leverage, leverage.max_notional_value) == (15, "100000000")
    assert (order.status, order.executed_qty, order.client_order_id) == ("FILLED", "0.031", "e1")
    assert (found.order_id, found.avg_price, found.cum_quote) == (order.order_id, "95234.50000000", "2952.26950")
    assert [(p.position_amt, p.entry_price, p.initial_margin) for p in positions] == [
        ("0.031", "95234.50000000", "196.81796667")
    ]
    assert [(p.position_amt, p.leverage, p.margin_type) for p in older] == [("0.031", "15", "cross")]
    assert Decimal(balances[0].available_balance) == Decimal("9801.70589858")
    assert older_balances[0].asset == "USDT"
    assert [(t.price, t.qty, t.commission, t.buyer) for t in trades] == [("95234.50", "0.031", "1.47613475", True)]


def test_futures_stop_target_query_cancel(futures):
    futures.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.031)
    legs = {}
    for name, kind, price in (("s1", "STOP_MARKET", 93806.0), ("t1", "TAKE_PROFIT_MARKET", 102853.2)):
        legs[name] = futures.new_algo_order(
            algo_type="CONDITIONAL",
            symbol="BTCUSDT",
            side="SELL",
            type=kind,
            trigger_price=price,
            quantity=0.031,
            reduce_only="true",
            client_algo_id=name,
            working_type="MARK_PRICE",
        ).data()
    standing = futures.current_all_algo_open_orders(symbol="BTCUSDT").data()
    found = futures.query_algo_order(client_algo_id="s1").data()
    cancelled = futures.cancel_algo_order(algo_id=legs["t1"].algo_id).data()
    everything = futures.query_all_algo_orders(symbol="BTCUSDT").data()
    done = futures.cancel_all_algo_open_orders(symbol="BTCUSDT").data()

    assert (legs["s1"].algo_status, legs["s1"].trigger_price, legs["s1"].reduce_only) == ("NEW", "93806.0", True)
    assert [order.client_algo_id for order in standing] == ["s1", "t1"]
    assert (found.algo_id, found.quantity, found.working_type) == (legs["s1"].algo_id, "0.031", "MARK_PRICE")
    assert (cancelled.client_algo_id, cancelled.code) == ("t1", "200")
    assert [order.algo_status for order in everything] == ["NEW", "CANCELED"]
    assert done.code == 200


def test_futures_limit_orders(futures):
    order = futures.new_order(
        symbol="BTCUSDT", side="BUY", type="LIMIT", quantity=0.01, price=90000, time_in_force="GTC"
    ).data()
    standing = futures.current_all_open_orders(symbol="BTCUSDT").data()
    single = futures.query_current_open_order(symbol="BTCUSDT", order_id=order.order_id).data()
    cancelled = futures.cancel_order(symbol="BTCUSDT", order_id=order.order_id).data()
    everything = futures.all_orders(symbol="BTCUSDT").data()
    done = futures.cancel_all_open_orders(symbol="BTCUSDT").data()

    assert order.status == "NEW"
    assert [o.order_id for o in standing] == [order.order_id]
    assert single.orig_qty == "0.01"
    assert cancelled.status == "CANCELED"
    assert [o.status for o in everything] == ["CANCELED"]
    assert done.code == 200


def test_futures_account_modes_and_market_data(futures):
    futures.new_order(symbol="BTCUSDT", side="SELL", type="MARKET", quantity=0.01)
    futures.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.004)

    assert futures.change_margin_type(symbol="ETHUSDT", margin_type="ISOLATED").data().code == 200
    assert futures.get_current_position_mode().data().dual_side_position is False
    assert futures.get_current_multi_assets_mode().data().multi_assets_margin is False
    assert futures.account_information_v2().data().total_wallet_balance == "9999.33335850"
    assert futures.account_information_v3().data().positions[0].position_amt == "-0.006"
    assert [row.income_type for row in futures.get_income_history().data()] == ["COMMISSION", "COMMISSION"]
    assert futures.user_commission_rate(symbol="BTCUSDT").data().taker_commission_rate == "0.0005"
    assert futures.symbol_configuration(symbol="ETHUSDT").data()[0].margin_type == "ISOLATED"
    assert futures.futures_account_configuration().data().can_trade is True
    assert futures.exchange_information().data().symbols[0].filters[0].tick_size == "0.10"
    assert futures.check_server_time().data().server_time > 0
    assert futures.mark_price(symbol="BTCUSDT").data().actual_instance.mark_price == "95234.50"
    assert futures.symbol_price_ticker(symbol="BTCUSDT").data().actual_instance.price == "95234.50"
    assert futures.symbol_order_book_ticker(symbol="BTCUSDT").data().actual_instance.bid_price == "95234.50"
    brackets = futures.notional_and_leverage_brackets(symbol="BTCUSDT").data().actual_instance
    assert brackets[0].brackets[0].initial_leverage == 125
    assert futures.kline_candlestick_data(symbol="BTCUSDT", interval="1m").data()[-1][4] == "95234.50"


def test_futures_position_mode_and_refusals(futures, sim):
    assert futures.change_position_mode(dual_side_position="true").data().code == 200
    with pytest.raises(BadRequestError) as caught:
        futures.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.01)
    assert caught.value.status_code == -4061
    stranger = connect(DerivativesTradingUsdsFutures, sim, {"api_key": "nobody", "secret": "x"})
    with pytest.raises(UnauthorizedError) as refused:
        stranger.futures_account_balance_v3()
    assert refused.value.status_code == -2015


def test_spot_orders_and_trades(spot):
    order = spot.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quote_order_qty=100).data()
    found = spot.get_order(symbol="BTCUSDT", order_id=order.order_id).data()
    trades = spot.my_trades(symbol="BTCUSDT").data()
    limit = spot.new_order(
        symbol="BTCUSDT", side="BUY", type="LIMIT", quantity=0.001, price=90000, time_in_force="GTC"
    ).data()
    standing = spot.get_open_orders(symbol="BTCUSDT").data()
    account = spot.get_account().data()
    cancelled = spot.delete_order(symbol="BTCUSDT", order_id=limit.order_id).data()
    everything = spot.all_orders(symbol="BTCUSDT").data()

    assert (order.status, order.executed_qty, order.fills[0].price) == ("FILLED", "0.00105000", "95234.50")
    assert (found.order_id, found.cummulative_quote_qty) == (order.order_id, "99.99622500")
    assert [(t.qty, t.commission_asset, t.is_buyer) for t in trades] == [("0.00105000", "BTC", True)]
    assert [o.order_id for o in standing] == [limit.order_id]
    balances = {b.asset: (b.free, b.locked) for b in account.balances}
    assert balances["USDT"] == ("810.00377500", "90.00000000")
    assert cancelled.status == "CANCELED"
    assert [o.status for o in everything] == ["FILLED", "CANCELED"]


def test_spot_oco(spot):
    placed = spot.order_list_oco(
        symbol="BTCUSDT",
        side="SELL",
        quantity=0.01,
        above_type="LIMIT_MAKER",
        above_price=102853.25,
        below_type="STOP_LOSS",
        below_stop_price=93805.98,
        list_client_order_id="pair",
    ).data()
    found = spot.get_order_list(order_list_id=placed.order_list_id).data()
    standing = spot.open_order_list().data()
    cancelled = spot.delete_order_list(symbol="BTCUSDT", order_list_id=placed.order_list_id).data()
    everything = spot.all_order_list().data()

    assert (placed.contingency_type, placed.list_order_status, len(placed.orders)) == ("OCO", "EXECUTING", 2)
    assert {(r.type, r.stop_price) for r in placed.order_reports} == {("STOP_LOSS", "93805.98"), ("LIMIT_MAKER", None)}
    assert found.list_client_order_id == "pair"
    assert [o.order_list_id for o in standing] == [placed.order_list_id]
    assert [r.status for r in cancelled.order_reports] == ["CANCELED", "CANCELED"]
    assert [o.list_order_status for o in everything] == ["ALL_DONE"]


def test_spot_market_data(spot):
    assert spot.exchange_info().data().symbols[0].filters[0].actual_instance.tick_size == "0.01"
    assert spot.ticker_price(symbol="BTCUSDT").data().actual_instance.price == "95234.50"
    assert spot.ticker_book_ticker(symbol="BTCUSDT").data().actual_instance.ask_price == "95234.50"
    assert spot.time().data().server_time > 0
    assert spot.klines(symbol="BTCUSDT", interval="1m").data()[-1][4] == "95234.50"
