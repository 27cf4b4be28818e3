"""ccxt is loaded lean in our workers, and whole for whoever asks for the whole."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_client_loads_one_exchange_of_a_hundred() -> None:
    code = (
        "import sys\n"
        "from exchanges import client\n"
        "from exchanges.types import Credentials, MarketType\n"
        "c = client.connect('binance', Credentials('k', 's'), testnet=False, position_mode=None)\n"
        "c._lean(MarketType.SPOT), c._lean(MarketType.FUTURES)\n"
        "print('ccxt' in sys.modules, 'ccxt.async_support' in sys.modules, 'ccxt.async_support.kraken' in sys.modules)"
    )

    assert run(code) == "False False False"


def test_ccxt_is_whole_for_everyone_else() -> None:
    code = (
        "from exchanges import client\n"
        "client.public('binance')._lean('futures')\n"
        "import ccxt, ccxt.async_support as a\n"
        "from ccxt.async_support.kraken import kraken\n"
        "print(a.kraken is kraken, issubclass(a.binanceusdm, a.Exchange), ccxt.binance().id, ccxt.NetworkError.__module__)"
    )

    assert run(code) == "True True binance ccxt.base.errors"


def test_ccxt_that_is_there_already_is_used() -> None:
    code = (
        "import ccxt.async_support as a\n"
        "from exchanges import client\n"
        "from exchanges.types import MarketType\n"
        "print(isinstance(client.public('binance')._lean(MarketType.FUTURES), a.binanceusdm))"
    )

    assert run(code) == "True"
