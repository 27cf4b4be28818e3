"""Is an account large enough for what a bot trades? Pure judgement; what is not known raises no warning."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal

from exchanges.free_balances import USD, quote_of
from exchanges.market_cache import Minimum
from subscriptions.terms import Terms


@dataclass(frozen=True, slots=True)
class SizeWarning:
    """`code` too_small (the trade is under the exchange's minimum), leverage_too_high or balance_too_small, with figures."""

    code: str
    symbol_key: str
    value: Decimal
    limit: Decimal


def in_dollars(
    minimums: Mapping[str, Minimum], prices: Mapping[str, Decimal], usd_values: Mapping[str, Decimal]
) -> tuple[dict[str, Minimum], dict[str, Decimal]]:
    """Limits and prices told in quote currency, in dollars; symbols in a currency whose value is not known are left out.

    `usd_values`: what one of a quote currency is worth, USD itself aside.
    """
    values = {**usd_values, USD: Decimal(1)}
    rates = {key: value for key in {*minimums, *prices} if (value := values.get(quote_of(key, usd_values)))}
    converted = {
        key: replace(row, min_notional=row.min_notional * rates[key]) for key, row in minimums.items() if key in rates
    }
    return converted, {key: price * rates[key] for key, price in prices.items() if key in rates}


def smallest_order_usd(minimum: Minimum, price: Decimal | None) -> Decimal:
    """The smallest order in quote currency: the larger of both limits; without a price only the notional one counts."""
    return max(minimum.min_notional, minimum.min_quantity * price) if price else minimum.min_notional


def too_small(minimum: Minimum, price: Decimal | None, *, margin_usd: Decimal, leverage: int) -> bool:
    """Whether margin × leverage, cut to the symbol's quantity step, is under its minimum."""
    return _traded_usd(minimum, price, margin_usd * leverage) < smallest_order_usd(minimum, price)


def _traded_usd(minimum: Minimum, price: Decimal | None, notional: Decimal) -> Decimal:
    if not price or not minimum.quantity_step:
        return notional
    return (notional / price / minimum.quantity_step).to_integral_value(ROUND_DOWN) * minimum.quantity_step * price


def size_warnings(
    terms: Terms, *, minimums: Mapping[str, Minimum], prices: Mapping[str, Decimal], free_usd: Decimal | None
) -> list[SizeWarning]:
    """What would keep these terms from trading on these symbols, and on this free balance (None = not known)."""
    warnings = []
    notional = terms.margin_usd * terms.leverage
    for key, minimum in sorted(minimums.items()):
        price = prices.get(key)
        traded = _traded_usd(minimum, price, notional)
        if traded < smallest_order_usd(minimum, price):
            warnings.append(SizeWarning("too_small", key, traded, smallest_order_usd(minimum, price)))
        if minimum.max_leverage is not None and terms.leverage > minimum.max_leverage:
            warnings.append(
                SizeWarning("leverage_too_high", key, Decimal(terms.leverage), Decimal(minimum.max_leverage))
            )
    if free_usd is not None and terms.margin_usd > free_usd:
        warnings.append(SizeWarning("balance_too_small", "", free_usd, terms.margin_usd))
    return warnings
