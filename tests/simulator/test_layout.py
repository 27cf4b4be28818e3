"""The core can be used in process, without a server: backtests stand on it. D21."""

import subprocess
import sys

import pytest

from simulator.dialects.binance.legs import leg_of


def test_the_core_needs_no_network_no_loop_and_no_framework():
    code = (
        "import simulator.core.matching, sys; print(sorted({'asyncio', 'socket', 'ccxt', 'django'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("method", "path", "parameters", "leg"),
    [
        ("POST", "/fapi/v1/order", {"side": "BUY"}, "entry"),
        ("POST", "/fapi/v1/order", {"side": "SELL", "reduceOnly": "true"}, "close"),
        ("POST", "/fapi/v1/order", {"side": "SELL", "positionSide": "LONG"}, "close"),
        ("POST", "/fapi/v1/order", {"side": "SELL", "positionSide": "SHORT"}, "entry"),
        ("POST", "/fapi/v1/algoOrder", {"type": "STOP_MARKET"}, "stop"),
        ("POST", "/fapi/v1/algoOrder", {"type": "TAKE_PROFIT_MARKET"}, "target"),
        ("POST", "/fapi/v1/leverage", {}, "leverage"),
        ("POST", "/fapi/v1/marginType", {}, "settings"),
        ("POST", "/api/v3/order", {"side": "SELL", "type": "MARKET"}, "close"),
        ("POST", "/api/v3/orderList/oco", {}, "oco"),
        ("DELETE", "/fapi/v1/algoOrder", {}, "cancel"),
        ("GET", "/fapi/v1/order", {}, "query"),
        ("GET", "/fapi/v1/openOrders", {}, "read"),
    ],
)
def test_what_a_request_is_for(method, path, parameters, leg):
    assert leg_of(method, path, parameters) == leg
