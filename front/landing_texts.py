"""The landing page's repeated parts. Every claim is something that a test of Batuta shows; no returns are claimed (D24)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from front.templatetags.batuta import money, pct, price, quantity, signed


def texts() -> dict[str, Any]:
    """Steps, promises, questions and the illustration, in the reader's language."""
    return {
        "steps": _steps(),
        "ledger": _ledger(),
        "promises": _promises(),
        "manager_points": _manager_points(),
        "questions": _questions(),
        **_picture(),
    }


def _steps() -> list[tuple[str, str]]:
    return [
        (
            _("An alert arrives"),
            _(
                "From TradingView or from any program. It is checked, stored and answered at once; "
                "the same alert twice is executed once."
            ),
        ),
        (
            _("Every follower trades on own terms"),
            _(
                "Amount, leverage, stop loss, take profit, daily loss and number of positions: "
                "the bot's defaults or your own values, parameter by parameter."
            ),
        ),
        (
            _("The stop stands at the exchange"),
            _(
                "Right after the fill, stop loss and take profit are placed at your exchange and read back. "
                "If the stop cannot be placed, the position is closed."
            ),
        ),
        (
            _("You see everything"),
            _(
                "Each execution shows its prices, delays, fees and slippage. "
                "What was not copied says why, with the limit and the value."
            ),
        ),
    ]


def _ledger() -> list[dict[str, Any]]:
    """One example execution, with the prices of EXE-15."""
    entry, figures = price(Decimal("95234.50")), {"amount": quantity(Decimal("0.031"))}
    exits = {"stop": price(Decimal("93805.98")), "target": price(Decimal("102853.26"))}
    return [
        {"title": _("Alert received"), "at": 0, "text": _("Buy BTCUSDT at %(price)s") % {"price": entry}},
        {"title": _("Limits checked"), "at": 21, "text": _("Daily loss 0 of 200, positions 0 of 3")},
        {"title": _("Order sent"), "at": 34, "text": _("Market, %(amount)s BTC, leverage 15×") % figures},
        {"title": _("Filled by the exchange"), "at": 118, "text": _("Average price %(price)s") % {"price": entry}},
        {
            "title": _("Stop loss and take profit stand"),
            "at": 203,
            "text": _("Stop %(stop)s · target %(target)s") % exits,
        },
    ]


def _promises() -> list[tuple[str, str, str]]:
    return [
        (
            "shield",
            _("Never without a stop"),
            _(
                "A position whose stop loss is not confirmed within seconds is closed at market, "
                "and the time it stood unprotected is on its page."
            ),
        ),
        (
            "bolt",
            _("Closing always passes"),
            _("Limits, pauses and quotas hold back new entries. They never hold back a close or a stop."),
        ),
        (
            "refresh",
            _("Never twice"),
            _(
                "If the answer of an exchange is lost, Batuta asks before it sends again. "
                "An unknown outcome is never taken for a failure."
            ),
        ),
        (
            "key",
            _("Keys that cannot withdraw"),
            _(
                "Batuta asks for reading and trading only and refuses keys that may withdraw. "
                "They are sealed one by one and opened only to trade."
            ),
        ),
        (
            "warning",
            _("Your limits come first"),
            _("Daily loss and open positions are checked before anything reaches an exchange."),
        ),
        (
            "info",
            _("A reason for every no"),
            _("A signal that was not copied stays visible, with the reason in your language."),
        ),
    ]


def _manager_points() -> list[str]:
    return [
        _("Webhook address, secret with rotation, and a message ready to paste"),
        _("Every signal with its result, refused ones included"),
        _("Test signals before anyone depends on them"),
        _("Subscribers stay pseudonymous; their keys and balances are never yours to see"),
    ]


def _questions() -> list[tuple[str, str]]:
    return [
        (
            _("Where is my money?"),
            _("At your exchange, all the time. Batuta places orders there with keys that cannot withdraw."),
        ),
        (
            _("What will I earn?"),
            _(
                "Nobody knows, and nobody here promises anything. You can lose all you put in. "
                "Past results of a bot say nothing certain about the next ones."
            ),
        ),
        (
            _("What is a paper account?"),
            _(
                "An account with play money at a simulated exchange. It goes through the same code as a real one, "
                "with fees and prices that move."
            ),
        ),
        (
            _("Can I stop at any time?"),
            _(
                "Yes. Pause or cancel a bot, or close a position by a button. "
                "When you cancel you choose whether open positions are closed now or left to their stops."
            ),
        ),
        (
            _("Does my result equal the manager's?"),
            _(
                "No. Amount, price, fees and moment differ for every account. "
                "Batuta shows your own slippage and delay for each execution."
            ),
        ),
    ]


def _picture() -> dict[str, Any]:
    """The HTML picture of the dashboard: invented figures, labelled as such on the page."""
    made, half = Decimal("4.18"), pct(Decimal(50))
    return {
        "picture_figures": [
            (_("Total balance"), money(Decimal("1004.18")), _("paper account"), ""),
            (_("Realized P&L"), signed(made), _("net of fees"), "gain"),
            (_("Open positions"), "2", _("all protected"), ""),
            (_("Win rate"), half, _("4 of 8 trades"), ""),
        ],
        "picture_positions": [
            ("BTCUSDT", _("Long"), "long", Decimal("95234.50"), Decimal("93805.98"), Decimal("102853.26")),
            ("ETHUSDT", _("Short"), "short", Decimal("3412.75"), Decimal("3498.07"), Decimal("3242.11")),
        ],
        "picture_rows": [
            ("ETHUSDT", _("Sell"), "state-good", _("Protected")),
            ("BTCUSDT", _("Buy"), "state-good", _("Protected")),
            ("SOLUSDT", _("Buy"), "state-warn", _("Max positions")),
            ("BNBUSDT", _("Close"), "", _("Closed")),
        ],
    }
