"""Do a subscription's terms fit the limits of what its bot trades? Pure: what is not known is said to be not known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any

from exchanges.market_cache import Minimum
from subscriptions.minimums import SizeWarning, in_dollars, size_warnings
from subscriptions.terms import Terms

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class SizeFinding:
    """`state` is one of "ok", "warning" (some symbols), "failed" (all that are known), "unknown"."""

    state: str
    finding: str
    params: Mapping[str, Any] = field(default_factory=dict)


def judge_minimum(
    terms: Terms,
    symbols: Sequence[str],
    minimums: Mapping[str, Minimum],
    prices: Mapping[str, Decimal],
    usd_values: Mapping[str, Decimal],
) -> SizeFinding:
    """Whether margin × leverage reaches the smallest order of these symbols at the last price that is known of them.

    `usd_values`: what one of a quote currency is worth in dollars, USD itself aside.
    """
    minimums, prices = in_dollars(minimums, prices, usd_values)
    small = {row.symbol_key: row for row in _warnings(terms, minimums, prices) if row.code == "too_small"}
    # a minimum in coins can only be compared at a price, one in another currency than dollars at a rate
    known = [
        key for key in symbols if key in minimums and (key in prices or not minimums[key].min_quantity or key in small)
    ]
    if not symbols:
        return SizeFinding("unknown", "no_signal_yet")
    if not known:
        return SizeFinding("unknown", "minimum_not_known", {"symbols": list(symbols)})
    if not small:
        return SizeFinding("ok", "above_minimum", {"symbols": known})
    worst = max(small.values(), key=lambda row: row.limit)
    params = {
        "symbols": sorted(small), "symbol": worst.symbol_key, "value": worst.value, "limit": worst.limit,
        "margin": smallest_margin(minimums[worst.symbol_key], prices.get(worst.symbol_key), terms.leverage),
    }  # fmt: skip
    if len(small) == len(known):
        return SizeFinding("failed", "below_minimum", params)
    return SizeFinding("warning", "below_minimum_in_part", params)


def judge_symbols(symbols: Sequence[str], minimums: Mapping[str, Minimum], markets_known: bool) -> SizeFinding:
    """Whether this exchange trades what the bot traded lately; `markets_known`: its list is there to look into."""
    missing = [key for key in symbols if key not in minimums]
    if not symbols:
        return SizeFinding("unknown", "no_signal_yet")
    if missing and not markets_known:
        return SizeFinding("unknown", "symbols_not_known", {"symbols": list(symbols)})
    if not missing:
        return SizeFinding("ok", "symbols_traded", {"symbols": list(symbols)})
    if len(missing) == len(symbols):
        return SizeFinding("failed", "symbols_not_traded", {"symbols": missing})
    return SizeFinding("warning", "symbols_not_traded_in_part", {"symbols": missing})


def judge_leverage(
    terms: Terms, symbols: Sequence[str], minimums: Mapping[str, Minimum], accepted: Mapping[str, int]
) -> SizeFinding:
    """Whether the exchange allows this leverage on these symbols; the signal is left out where it does not.

    Some exchanges do not tell their limits: there, what the account was last set to (`accepted`) shows that as much is allowed.
    """
    limits = {key: minimums[key].max_leverage for key in symbols if key in minimums}
    known = {key: limit for key, limit in limits.items() if limit is not None}
    known |= {key: accepted[key] for key in symbols if key not in known and accepted.get(key, 0) >= terms.leverage}
    if not symbols:
        return SizeFinding("unknown", "no_signal_yet")
    if not known:
        return SizeFinding("unknown", "leverage_not_known", {"symbols": list(symbols)})
    over = {key: limit for key, limit in known.items() if terms.leverage > limit}
    if not over:
        return SizeFinding("ok", "leverage_allowed", {"value": terms.leverage, "symbols": sorted(known)})
    strictest = min(over, key=lambda key: over[key])
    params = {"symbols": sorted(over), "symbol": strictest, "value": terms.leverage, "limit": over[strictest]}
    if len(over) == len(known):
        return SizeFinding("failed", "leverage_too_high", params)
    return SizeFinding("warning", "leverage_too_high_in_part", params)


def smallest_margin(minimum: Minimum, price: Decimal | None, leverage: int) -> Decimal:
    """The margin in USD, rounded up to cents, from which on an order of this symbol is large enough."""
    least = minimum.min_notional
    if price:
        quantity = max(minimum.min_quantity, minimum.min_notional / price)
        if step := minimum.quantity_step:
            quantity = (quantity / step).to_integral_value(ROUND_CEILING) * step
        least = quantity * price
    return (least / leverage).quantize(CENT, ROUND_CEILING)


def _warnings(terms: Terms, minimums: Mapping[str, Minimum], prices: Mapping[str, Decimal]) -> list[SizeWarning]:
    return size_warnings(terms, minimums=minimums, prices=prices, free_usd=None)
