"""The design that a copy trader writes first: one process, `asyncio.gather`, a ccxt client per subscriber.

The markets are loaded once and shared; everything else is ccxt as it comes: its throttler, its HTTP library, its unified calls. A
client is made for each subscriber of each signal. Prints one line of JSON with the moment it began, and an error where it fails.
"""

import argparse
import asyncio
import json
import resource
import time
from typing import Any
from urllib.parse import urlsplit

import ccxt.async_support as ccxt

from bench.books import SYMBOL, key_of, secret_of

UNIFIED = "BTC/USDT:USDT"


def client(url: str, account: int, source: Any = None) -> Any:
    """A ccxt client of one account, its hosts redirected to the bench's exchange."""
    made = ccxt.binanceusdm({"apiKey": key_of(account, "gather"), "secret": secret_of(key_of(account, "gather"))})
    for name, address in made.urls["api"].items():
        made.urls["api"][name] = url + urlsplit(address).path
    if source is not None:
        made.set_markets_from_exchange(source)
    return made


async def load_markets(url: str) -> Any:
    """A client whose markets the others share."""
    loader = client(url, 0)
    loader.options["fetchMarkets"] = {"types": ["linear"]}
    loader.options["fetchMargins"] = False
    loader.options["fetchCurrencies"] = False
    loader.has["fetchCurrencies"] = False
    await loader.load_markets()
    await loader.close()
    return loader


async def trade(url: str, account: int, source: Any) -> None:
    exchange = client(url, account, source)
    try:
        await exchange.create_order(UNIFIED, "market", "buy", 0.01)
        await asyncio.gather(
            exchange.create_order(UNIFIED, "market", "sell", 0.01, None, {"stopLossPrice": 48750, "reduceOnly": True}),
            exchange.create_order(
                UNIFIED, "market", "sell", 0.01, None, {"takeProfitPrice": 52500, "reduceOnly": True}
            ),
        )
    finally:
        await exchange.close()


async def run(url: str, subscribers: int) -> None:
    source = await load_markets(url)
    await trade(url, 0, source)
    print(json.dumps({"ready": True, "symbol": SYMBOL}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, input)
    began, cpu = time.monotonic(), time.process_time()
    outcomes = await asyncio.gather(
        *(trade(url, account, source) for account in range(subscribers)), return_exceptions=True
    )
    cpu_ms = (time.process_time() - cpu) * 1000
    failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    error = f"{len(failed)} of {subscribers} failed: {failed[0]!r}"[:300] if failed else None
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"began": began, "cpu_ms": cpu_ms, "rss_mb": rss_mb, "error": error}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchange", required=True)
    parser.add_argument("--subscribers", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(run(options.exchange, options.subscribers))


if __name__ == "__main__":
    main()
