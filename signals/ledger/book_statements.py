"""The statements of what executions leave in the books: orders, positions, accounts, events, signals and bots' figures. As those of the
executions (`signals.ledger.statements`): each takes one jsonb array of records, and may run twice with the same.
"""

from signals.states import LIVE_ORDERS_SQL, UNSETTLED_SQL

_NEW_ORDERS = """
    INSERT INTO signals_order (id, execution_id, position_id, account_id, symbol_key, market_type, leg, attempt,
        client_order_id, exchange_order_id, triggered_order_id, side, kind, reduce_only, quantity, trigger_price, status,
        filled_quantity, error_code, error_message, strategy_source, context, created_at, sent_at, updated_at, version)
    SELECT v.id, v.execution_id, v.position_id, v.account_id, v.symbol_key, v.market_type, v.leg, v.attempt,
        v.client_order_id, '', '', v.side, v.kind, v.reduce_only, v.quantity, v.trigger_price, 'planned',
        0, '', '', sig.strategy_source, v.context, v.at, v.at, v.at, 0
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, execution_id uuid, epoch int, position_id uuid, account_id uuid,
        symbol_key text, market_type text, leg text, attempt int, client_order_id text, side text, kind text,
        reduce_only boolean, quantity numeric, trigger_price numeric, context jsonb, at timestamptz, sold numeric, late boolean)
    JOIN signals_execution e ON e.id = v.execution_id
     AND (v.epoch IS NULL OR e.lease_epoch = v.epoch)
    JOIN signals_signal sig ON sig.id = e.signal_id
"""
_WRITTEN_AGAIN = """
    ON CONFLICT (client_order_id) DO UPDATE
        SET quantity = excluded.quantity, trigger_price = excluded.trigger_price, context = excluded.context,
            sent_at = excluded.sent_at, version = signals_order.version + 1
        WHERE signals_order.status = 'planned'
"""
ORDERS = _NEW_ORDERS + _WRITTEN_AGAIN

# A position is left by one exit at a time, whoever sends it – a close, a recovery, a guardian's repair –, and only as far as nobody
# has sold it: `sold` is what its exits have sold as the sender knows it; `late`: of what came after it was closed. What is refused
# here is not among the answered ids. Run after `EXITS_IN_TURN`, so that it sees the rows of whoever came first. Two who count the
# same attempt have the same client order id: the row's own id tells them apart.
EXITS_IN_TURN = "SELECT id FROM signals_position WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
EXITS = f"""{_NEW_ORDERS}
    JOIN signals_position p ON p.id = v.position_id AND p.status || '' = CASE WHEN v.late THEN 'closed' ELSE 'open' END
    WHERE NOT EXISTS (
        SELECT 1 FROM signals_order x WHERE x.position_id = v.position_id AND x.leg = 'exit'
        AND x.id <> v.id AND x.status IN ('planned', 'unknown', 'open', 'partial'))
      AND v.sold >= (
        SELECT coalesce(sum(x.filled_quantity), 0) FROM signals_order x WHERE x.position_id = v.position_id AND x.leg = 'exit')
    {_WRITTEN_AGAIN} AND signals_order.id = excluded.id
    RETURNING id
"""  # noqa: S608 -- constants

# What has been filled stays filled: an answer that was overtaken on its way takes nothing back.
ORDER_ANSWERS = """
    UPDATE signals_order o SET status = v.status,
        exchange_order_id = coalesce(nullif(v.exchange_order_id, ''), o.exchange_order_id),
        triggered_order_id = coalesce(nullif(v.triggered_order_id, ''), o.triggered_order_id),
        filled_quantity = greatest(v.filled_quantity, o.filled_quantity),
        average_price = CASE WHEN v.filled_quantity < o.filled_quantity THEN o.average_price
                             ELSE coalesce(v.average_price, o.average_price) END,
        quantity = coalesce(v.quantity, o.quantity), trigger_price = coalesce(v.trigger_price, o.trigger_price),
        position_id = coalesce(v.position_id, o.position_id),
        error_code = coalesce(v.error_code, ''), error_message = coalesce(v.error_message, ''),
        acknowledged_at = coalesce(o.acknowledged_at, v.at), updated_at = now(), version = o.version + 1
    FROM jsonb_to_recordset(%s::jsonb) AS v(client_order_id text, status text, exchange_order_id text,
        triggered_order_id text, filled_quantity numeric, average_price numeric, quantity numeric, trigger_price numeric,
        position_id uuid, error_code text, error_message text, at timestamptz, epoch int), signals_execution e
    WHERE o.client_order_id = v.client_order_id AND e.id = o.execution_id AND (v.epoch IS NULL OR e.lease_epoch = v.epoch)
      AND NOT (o.status IN ('filled', 'cancelled', 'refused', 'expired') AND v.status IN ('planned', 'open', 'unknown'))
"""

# What a reconciliation found, only over the version that it had read (ORD-08): `signals.order_sync`.
ORDERS_SYNCED = """
    UPDATE signals_order o SET status = v.status,
        exchange_order_id = coalesce(nullif(v.exchange_order_id, ''), o.exchange_order_id),
        triggered_order_id = coalesce(nullif(v.triggered_order_id, ''), o.triggered_order_id),
        filled_quantity = coalesce(v.filled_quantity, o.filled_quantity),
        average_price = coalesce(v.average_price, o.average_price), error_code = '', error_message = '',
        acknowledged_at = coalesce(o.acknowledged_at, v.at), updated_at = now(), version = o.version + 1
    FROM jsonb_to_recordset(%s::jsonb) AS v(client_order_id text, version int, status text, exchange_order_id text,
        triggered_order_id text, filled_quantity numeric, average_price numeric, at timestamptz)
    WHERE o.client_order_id = v.client_order_id AND o.version = v.version
    RETURNING o.client_order_id
"""

ORDERS_UNSENT = """
    UPDATE signals_order o SET status = 'not_placed', updated_at = now(), version = o.version + 1
    WHERE o.execution_id = ANY(%s) AND o.status = 'planned' AND o.leg <> 'exit'
"""

POSITIONS_OPENED = """
    INSERT INTO signals_position (id, subscription_id, bot_id, user_id, account_id, exchange, market_type, symbol_key, side,
        status, leverage, margin_mode, quantity, opened_quantity, entry_price, stop_price, target_price, realized_pnl, fees,
        funding, exit_reason, effective_at, opened_at, unprotected_ms, strategy_source, usd_rate, updated_at)
    SELECT v.id, v.subscription_id, v.bot_id, v.user_id, v.account_id, v.exchange, v.market_type, v.symbol_key, v.side,
        'open', v.leverage, v.margin_mode, v.quantity, v.quantity, v.entry_price, v.stop_price, v.target_price, 0, 0,
        0, '', v.effective_at, v.at, 0, sig.strategy_source, e.usd_rate, now()
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, execution_id uuid, epoch int, subscription_id uuid, bot_id uuid,
        user_id uuid, account_id uuid, exchange text, market_type text, symbol_key text, side text, leverage smallint,
        margin_mode text, quantity numeric, entry_price numeric, stop_price numeric, target_price numeric,
        effective_at timestamptz, at timestamptz)
    JOIN signals_execution e ON e.id = v.execution_id AND e.lease_epoch = v.epoch
     AND e.state || '' IN ('SENDING', 'UNCONFIRMED')
    JOIN signals_signal sig ON sig.id = e.signal_id
    ON CONFLICT (id) DO NOTHING
"""

# A signal in the direction of an open position that the bot ignores still says that it is to be open: an older close that comes
# late must not end it (D9).
POSITIONS_CONFIRMED = """
    UPDATE signals_position p SET effective_at = greatest(p.effective_at, v.effective_at), updated_at = now()
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, effective_at timestamptz)
    WHERE p.id = v.id AND p.status || '' = 'open'
"""

# `add` (D10): one position, the average of what was held and what was added.
POSITIONS_ADDED = """
    UPDATE signals_position p
    SET quantity = p.quantity + v.quantity, opened_quantity = p.opened_quantity + v.quantity,
        entry_price = (p.entry_price * p.quantity + v.entry_price * v.quantity) / (p.quantity + v.quantity),
        usd_rate = (p.usd_rate * p.quantity + e.usd_rate * v.quantity) / (p.quantity + v.quantity),
        stop_price = v.stop_price, target_price = v.target_price, effective_at = greatest(p.effective_at, v.effective_at),
        protected_at = NULL, fills_booked_at = NULL, updated_at = now()
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, execution_id uuid, epoch int, quantity numeric, entry_price numeric,
        stop_price numeric, target_price numeric, effective_at timestamptz)
    JOIN signals_execution e ON e.id = v.execution_id AND e.lease_epoch = v.epoch
     AND e.state || '' IN ('SENDING', 'UNCONFIRMED')
    WHERE p.id = v.id AND p.status || '' = 'open'
"""

POSITIONS_PROTECTED = """
    UPDATE signals_position p SET protected_at = v.protected_at, stop_price = v.stop_price, target_price = v.target_price,
        unprotected_ms = least(p.unprotected_ms::bigint + v.unprotected_ms, 2147483647), updated_at = now()
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, protected_at timestamptz, stop_price numeric, target_price numeric,
        unprotected_ms int)
    WHERE p.id = v.id
"""

# Booked from the exit order's answer at once, and again from the fills with their fees (`fills_booked_at`).
POSITIONS_CLOSED = """
    UPDATE signals_position p SET status = 'closed', quantity = 0, exit_price = v.exit_price, closed_at = v.at,
        exit_reason = v.code, fills_booked_at = NULL, updated_at = now(),
        realized_pnl = (v.exit_price - p.entry_price) * p.quantity * CASE p.side WHEN 'long' THEN 1 ELSE -1 END / p.usd_rate
            - p.fees - p.funding
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, exit_price numeric, code text, at timestamptz)
    WHERE p.id = v.id AND p.status || '' = 'open'
    RETURNING p.id
"""

SETTINGS = """
    INSERT INTO exchanges_symbolsetting (account_id, market_type, symbol_key, leverage, margin_mode, updated_at)
    SELECT DISTINCT ON (v.account_id, v.market_type, v.symbol_key)
        v.account_id, v.market_type, v.symbol_key, v.leverage, v.margin_mode, now()
    FROM jsonb_to_recordset(%s::jsonb) AS v(account_id uuid, market_type text, symbol_key text, leverage smallint, margin_mode text)
    ON CONFLICT (account_id, market_type, symbol_key)
    DO UPDATE SET leverage = excluded.leverage, margin_mode = excluded.margin_mode, updated_at = now()
"""

# Where the margin mode is one for the whole account: whatever was set on other symbols before holds no more.
MARGIN_MODES = """
    UPDATE exchanges_symbolsetting st SET margin_mode = v.margin_mode, updated_at = now()
    FROM jsonb_to_recordset(%s::jsonb) AS v(account_id uuid, market_type text, margin_mode text)
    WHERE st.account_id = v.account_id AND st.market_type = v.market_type AND st.margin_mode <> v.margin_mode
"""

ACCOUNT_ATTENTION = """
    UPDATE exchanges_exchangeaccount a SET status = 'needs_attention', status_code = v.code, status_detail = v.detail,
        checked_at = now(), updated_at = now()
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, code text, detail text)
    WHERE a.id = v.id AND a.status = 'verified'
"""

ACCOUNTS_RECONCILED = """
    UPDATE exchanges_exchangeaccount a SET reconciled_at = v.at
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, at timestamptz) WHERE a.id = v.id
"""

EVENTS = """
    INSERT INTO signals_executionevent (execution_id, code, params, at)
    SELECT v.execution_id, v.code, v.params, v.at
    FROM jsonb_to_recordset(%s::jsonb) AS v(execution_id uuid, code text, params jsonb, at timestamptz)
"""

# Said of a position: on the timeline of the execution that opened it.
POSITION_EVENTS = """
    INSERT INTO signals_executionevent (execution_id, code, params, at)
    SELECT DISTINCT ON (v.position_id) e.id, v.code, v.params, v.at
    FROM jsonb_to_recordset(%s::jsonb) AS v(position_id uuid, code text, params jsonb, at timestamptz)
    JOIN signals_execution e ON e.position_id = v.position_id AND e.action IN ('buy', 'sell')
    ORDER BY v.position_id, e.created_at DESC
"""

# What may happen many times, said once.
EVENTS_ONCE = """
    INSERT INTO signals_executionevent (execution_id, code, params, at)
    SELECT v.execution_id, v.code, v.params, v.at
    FROM jsonb_to_recordset(%s::jsonb) AS v(execution_id uuid, code text, params jsonb, at timestamptz)
    WHERE NOT EXISTS (SELECT 1 FROM signals_executionevent n WHERE n.execution_id = v.execution_id AND n.code = v.code)
"""

# WHK-10: counted once, when the last execution of the signal is settled. Asked after every batch: it looks for others first.
SIGNALS_COMPLETED = f"""
    WITH settled AS MATERIALIZED (
        SELECT sig.id FROM signals_signal sig
        WHERE sig.id = ANY(%s) AND sig.completed_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM signals_execution e WHERE e.signal_id = sig.id AND e.state IN ({UNSETTLED_SQL}))
    )
    UPDATE signals_signal sig
    SET completed_at = c.at, successful_executions = c.ok, failed_executions = c.failed, skipped_executions = c.skipped,
        broadcast_duration_ms = least(greatest(0, extract(epoch FROM c.at - sig.created_at) * 1000), 2147483647)::int
    FROM settled CROSS JOIN LATERAL (
        SELECT max(e.completed_at) AS at,
            count(*) FILTER (WHERE e.state = 'PROTECTED' OR (e.state = 'CLOSED' AND e.reason_code <> 'protection_failed')) AS ok,
            count(*) FILTER (WHERE e.state = 'REJECTED' OR (e.state = 'CLOSED' AND e.reason_code = 'protection_failed')) AS failed,
            count(*) FILTER (WHERE e.state = 'SKIPPED') AS skipped
        FROM signals_execution e WHERE e.signal_id = settled.id HAVING count(*) > 0
    ) c
    WHERE sig.id = settled.id AND sig.completed_at IS NULL
    RETURNING sig.id, sig.bot_id
"""  # noqa: S608

# BOT-20: at the end of a broadcast, and when the books of its trades are closed. Trades that a test signal opened are no result.
BOT_FIGURES = """
    UPDATE bots_bot b SET total_signals_sent = s.sent, closed_trades = coalesce(p.closed, 0),
        avg_win_rate = coalesce(p.win_rate, 0), avg_pnl_pct = coalesce(p.pnl_pct, 0), updated_at = now()
    FROM (SELECT bot_id, count(*) AS sent FROM signals_signal
          WHERE bot_id = ANY(%(bots)s) AND status = 'accepted' AND is_broadcast GROUP BY bot_id) s
    LEFT JOIN (
        SELECT p.bot_id, count(*) AS closed, 100.0 * count(*) FILTER (WHERE p.realized_pnl > 0) / count(*) AS win_rate,
            avg(100 * p.realized_pnl / nullif(p.entry_price * p.opened_quantity / p.leverage / p.usd_rate, 0)) AS pnl_pct
        FROM signals_position p
        WHERE p.bot_id = ANY(%(bots)s) AND p.status = 'closed' AND p.id NOT IN (
            SELECT e.position_id FROM signals_signal t JOIN signals_execution e ON e.signal_id = t.id
            WHERE t.bot_id = ANY(%(bots)s) AND t.is_test AND e.position_id IS NOT NULL AND e.action IN ('buy', 'sell')
              AND NOT EXISTS (SELECT 1 FROM signals_execution o WHERE o.position_id = e.position_id
                              AND o.action IN ('buy', 'sell') AND o.created_at < e.created_at))
        GROUP BY p.bot_id
    ) p ON p.bot_id = s.bot_id
    WHERE b.id = s.bot_id
    RETURNING b.id
"""

# By the order's own position, or – before its answer was written – by that of its execution.
PROTECTION_ORDERS = f"""
    SELECT o.position_id, o.client_order_id FROM signals_order o
    WHERE o.position_id = ANY(%s) AND o.leg IN ('stop', 'target') AND o.status IN ({LIVE_ORDERS_SQL})
    UNION
    SELECT e.position_id, o.client_order_id FROM signals_execution e JOIN signals_order o ON o.execution_id = e.id
    WHERE e.position_id = ANY(%s) AND o.leg IN ('stop', 'target') AND o.status IN ({LIVE_ORDERS_SQL})
"""  # noqa: S608
