"""What happened, to look at (BKO): signals, executions, orders, fills, positions. Read-only, filtered by what is wrong, each
row with links to its neighbours. Managers see their own bots' rows, subscribers by pseudonym."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from bots.backoffice import ManagedFacts, link_to, link_to_list
from signals.admin_filters import (
    ExecutionReason,
    ExecutionStatus,
    ExecutionTrouble,
    FillSide,
    OrderTrouble,
    PositionTrouble,
    SignalSource,
    SignalTrouble,
)
from signals.models import Execution, Fill, Order, Position, Signal
from signals.queries import closed_against, events_of, orders_of
from signals.reasons import params_to_tell, reason_text
from signals.timeline import build_timeline, plain
from subscriptions.admin import shows_name
from subscriptions.pseudonyms import pseudonym

STATUS_LABELS = {"success": "success", "failed": "danger", "skipped": "warning", "pending": "info"}
ByBot = ("bot", admin.RelatedOnlyFieldListFilter)


class NamesSubscriber(ManagedFacts):
    """Facts with a subscriber."""

    @display(description=_("subscriber"))
    def show_subscriber(self, row: Any) -> str:
        owner = row.execution.user if isinstance(row, Order) else row.user
        return owner.email if shows_name(row) else pseudonym(owner.pk)


@admin.register(Signal)
class SignalAdmin(ManagedFacts):
    list_display = (
        "created_at", "show_bot", "action", "ticker", "price", "show_status", "total_subscribers",
        "successful_executions", "failed_executions", "skipped_executions", "broadcast_duration_ms", "source", "is_test",
    )  # fmt: skip
    list_filter = (SignalTrouble, "status", "action", ByBot, SignalSource, "strategy_source", "is_test", "created_at")
    search_fields = ("ticker", "id__exact", "bot__name")
    list_select_related = ("bot",)
    fields = (
        "show_bot", "ticker", "symbol_key", "action", "price", "source", "strategy_source", "source_ip", "status", "show_refusal",
        "is_test", "duplicates", "alert_time", "effective_at", "created_at", "completed_at", "broadcast_duration_ms",
        "total_subscribers", "successful_executions", "failed_executions", "skipped_executions", "payload",
        "show_neighbours",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("bot"), ordering="bot__name")
    def show_bot(self, signal: Signal) -> SafeString | str:
        return link_to("bots_bot", signal.bot_id, signal.bot.name)

    @display(description=_("status"), label={"accepted": "success", "refused": "danger"}, ordering="status")
    def show_status(self, signal: Signal) -> tuple[str, str]:
        return signal.status, signal.get_status_display()

    @display(description=_("why refused"))
    def show_refusal(self, signal: Signal) -> str:
        return reason_text(signal.refusal_code, signal.refusal_params) or "–"

    @display(description=_("see also"))
    def show_neighbours(self, signal: Signal) -> SafeString:
        return link_to_list("signals_execution", _("Executions"), signal__id__exact=signal.pk)


@admin.register(Execution)
class ExecutionAdmin(NamesSubscriber):
    list_display = (
        "created_at", "show_bot", "show_subscriber", "action", "symbol_key", "show_outcome", "state", "show_reason",
        "executed_price", "executed_quantity", "execution_time_ms", "unprotected_ms",
    )  # fmt: skip
    list_filter = (ExecutionStatus, ExecutionTrouble, "state", ExecutionReason, "action", ByBot, "created_at")
    search_fields = ("id__exact", "signal__id__exact", "symbol_key", "exchange_order_id", "user__email")
    list_select_related = ("bot", "user", "signal")
    identifying = ("user__email", "show_account", "exchange_order_id")
    fields = (
        "show_bot", "show_signal", "show_subscriber", "show_account", "show_position", "action", "symbol_key", "state",
        "show_reason", "error_code", "error_message", "protection", "leverage", "margin_usd", "stop_loss_pct",
        "take_profit_pct", "margin_mode", "price_at_send", "requested_quantity", "executed_price", "executed_quantity",
        "exchange_order_id", "stop_loss_price", "stop_loss_sent_price", "take_profit_price", "take_profit_sent_price",
        "rank", "attempts", "execution_time_ms", "unprotected_ms", "show_timeline", "show_neighbours",
    )  # fmt: skip
    readonly_fields = fields

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        neighbours = ("signal__id__exact", "subscription__id__exact", "position__id__exact")
        return lookup in neighbours or super().lookup_allowed(lookup, value, request)

    @display(description=_("bot"), ordering="bot__name")
    def show_bot(self, execution: Execution) -> SafeString | str:
        return link_to("bots_bot", execution.bot_id, execution.bot.name)

    @display(description=_("signal"))
    def show_signal(self, execution: Execution) -> SafeString | str:
        return link_to("signals_signal", execution.signal_id, execution.signal)

    @display(description=_("account"))
    def show_account(self, execution: Execution) -> SafeString | str:
        return link_to("exchanges_exchangeaccount", execution.account_id, execution.account.name)

    @display(description=_("position"))
    def show_position(self, execution: Execution) -> SafeString | str:
        return link_to("signals_position", execution.position_id, execution.position)

    @display(description=_("status"), label=STATUS_LABELS)
    def show_outcome(self, execution: Execution) -> tuple[str, str]:
        return execution.status.value, str(execution.status.label)

    @display(description=_("reason"), ordering="reason_code")
    def show_reason(self, execution: Execution) -> str:
        code, params = execution.reason_code, execution.reason_params
        return reason_text(code, params_to_tell(code, params, knows_owner=shows_name(execution))) or "–"

    @display(description=_("timeline"))
    def show_timeline(self, execution: Execution) -> SafeString:
        orders = list(orders_of(execution))
        lines = build_timeline(
            execution,
            signal=execution.signal,
            position=execution.position,
            events=events_of(execution),
            orders=orders,
            closed=closed_against(execution, orders),
            knows_owner=shows_name(execution),
        )
        return format_html_join("", "<p>{} ms · {}</p>", ((f"{line.since_start_ms:+}", line.text) for line in lines))

    @display(description=_("see also"))
    def show_neighbours(self, execution: Execution) -> SafeString:
        return link_to_list("signals_order", _("Orders"), execution__id__exact=execution.pk)


@admin.register(Order)
class OrderAdmin(NamesSubscriber):
    bot_path = "execution__bot"
    list_display = (
        "created_at", "show_subscriber", "leg", "side", "kind", "symbol_key", "show_quantity", "show_filled", "show_price",
        "status", "attempt", "client_order_id", "show_execution",
    )  # fmt: skip
    list_filter = (OrderTrouble, "status", "leg", "strategy_source", "market_type", "reduce_only", "created_at")
    search_fields = (
        "client_order_id",
        "exchange_order_id",
        "symbol_key",
        "execution__id__exact",
        "execution__user__email",
    )
    list_select_related = ("execution__user", "execution__signal")
    identifying = ("execution__user__email",)
    fields = (
        "show_execution", "show_subscriber", "symbol_key", "market_type", "leg", "attempt", "side", "kind", "reduce_only",
        "quantity", "trigger_price", "status", "filled_quantity", "average_price", "client_order_id", "exchange_order_id",
        "triggered_order_id", "strategy_source", "context", "error_code", "error_message", "created_at", "sent_at",
        "acknowledged_at", "updated_at", "show_neighbours",
    )  # fmt: skip
    readonly_fields = fields

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup in ("execution__id__exact", "position__id__exact") or super().lookup_allowed(
            lookup, value, request
        )

    @display(description=_("execution"))
    def show_execution(self, order: Order) -> SafeString | str:
        return link_to("signals_execution", order.execution_id, order.execution)

    @display(description=_("quantity"), ordering="quantity")
    def show_quantity(self, order: Order) -> str:
        return plain(order.quantity)

    @display(description=_("filled"), ordering="filled_quantity")
    def show_filled(self, order: Order) -> str:
        return plain(order.filled_quantity)

    @display(description=_("price"))
    def show_price(self, order: Order) -> str:
        return plain(order.average_price if order.average_price is not None else order.trigger_price) or "–"

    @display(description=_("see also"))
    def show_neighbours(self, order: Order) -> SafeString:
        return link_to_list("signals_fill", _("Fills"), order__id__exact=order.pk)


@admin.register(Fill)
class FillAdmin(NamesSubscriber):
    bot_path = "position__bot"
    list_display = (
        "filled_at", "show_subscriber", "symbol_key", "side", "show_quantity", "show_price", "show_fee", "realized_pnl",
        "show_position",
    )  # fmt: skip
    list_filter = ("market_type", FillSide, ("position", admin.EmptyFieldListFilter), "filled_at")
    search_fields = ("trade_id", "exchange_order_id", "symbol_key", "user__email")
    list_select_related = ("user", "position")
    identifying = ("user__email",)
    fields = (
        "show_subscriber", "show_position", "symbol_key", "market_type", "side", "price", "quantity", "fee", "fee_currency",
        "fee_usd", "realized_pnl", "trade_id", "exchange_order_id", "filled_at", "booked_at",
    )  # fmt: skip
    readonly_fields = fields

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup in ("order__id__exact", "position__id__exact") or super().lookup_allowed(lookup, value, request)

    @display(description=_("position"))
    def show_position(self, fill: Fill) -> SafeString | str:
        return link_to("signals_position", fill.position_id, fill.position)

    @display(description=_("quantity"), ordering="quantity")
    def show_quantity(self, fill: Fill) -> str:
        return plain(fill.quantity)

    @display(description=_("price"), ordering="price")
    def show_price(self, fill: Fill) -> str:
        return plain(fill.price)

    @display(description=_("fee"), ordering="fee_usd")
    def show_fee(self, fill: Fill) -> str:
        return f"{plain(fill.fee)} {fill.fee_currency}"


@admin.register(Position)
class PositionAdmin(NamesSubscriber):
    list_display = (
        "opened_at", "show_bot", "show_subscriber", "symbol_key", "side", "status", "show_quantity", "show_entry",
        "show_exit", "show_pnl", "show_exit_reason", "unprotected_ms",
    )  # fmt: skip
    list_filter = (PositionTrouble, "status", "side", "strategy_source", "market_type", ByBot, "opened_at")
    search_fields = ("id__exact", "symbol_key", "user__email")
    list_select_related = ("bot", "user")
    identifying = ("user__email", "show_account")
    fields = (
        "show_bot", "show_subscriber", "show_account", "symbol_key", "market_type", "side", "status", "strategy_source",
        "leverage", "margin_mode", "quantity", "opened_quantity", "entry_price", "exit_price", "stop_price", "target_price",
        "realized_pnl", "fees", "funding", "show_exit_reason", "opened_at", "protected_at", "closed_at", "unprotected_ms",
        "fills_booked_at", "show_neighbours",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("bot"), ordering="bot__name")
    def show_bot(self, position: Position) -> SafeString | str:
        return link_to("bots_bot", position.bot_id, position.bot.name)

    @display(description=_("account"))
    def show_account(self, position: Position) -> SafeString | str:
        return link_to("exchanges_exchangeaccount", position.account_id, position.account.name)

    @display(description=_("quantity"), ordering="opened_quantity")
    def show_quantity(self, position: Position) -> str:
        return plain(position.quantity or position.opened_quantity)

    @display(description=_("entry"), ordering="entry_price")
    def show_entry(self, position: Position) -> str:
        return plain(position.entry_price)

    @display(description=_("exit"), ordering="exit_price")
    def show_exit(self, position: Position) -> str:
        return plain(position.exit_price) or "–"

    @display(description=_("P&L"), ordering="realized_pnl")
    def show_pnl(self, position: Position) -> str:
        return f"{position.realized_pnl:+.2f}"

    @display(description=_("closed by"), ordering="exit_reason")
    def show_exit_reason(self, position: Position) -> str:
        return reason_text(position.exit_reason) or "–"

    @display(description=_("see also"))
    def show_neighbours(self, position: Position) -> SafeString:
        links = (
            link_to_list("signals_execution", _("Executions"), position__id__exact=position.pk),
            link_to_list("signals_order", _("Orders"), position__id__exact=position.pk),
            link_to_list("signals_fill", _("Fills"), position__id__exact=position.pk),
        )
        return format_html_join(" · ", "{}", ((link,) for link in links))
