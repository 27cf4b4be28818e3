"""The statements of the ledger: each takes one jsonb array of records, and moves an execution only along `states.MOVES`.

Every UPDATE of an execution names the states it may come from and the lease's epoch: a worker that lost its lease changes
nothing. Statements may run twice with the same records; the second run changes nothing more.

`|| ''` after a state or status: rows are found by their keys. What the planner knows of passing states is from before the
broadcast – nearly none – and by that it would read the index of all unsettled rows again for each record.
"""

from signals.ledger.presence import OWNER_IS_GONE
from signals.states import IN_FLIGHT_SQL, MOVES, State, sql_list

LEASE_S = 8


def came_from(new: str) -> str:
    """The states from which the table of moves allows `new`, as an SQL list; `new` itself is not among them."""
    return sql_list(old for old, targets in MOVES.items() if new in targets)


def _moved(new: str, columns: str, extra_record: str, *, extra_from: str = "") -> str:
    return f"""
        UPDATE signals_execution e SET state = '{new}'{columns}
        FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, epoch int{extra_record})
        WHERE e.id = v.id AND e.lease_epoch = v.epoch AND e.state || '' IN ({came_from(new)}{extra_from})
        RETURNING e.id
    """  # noqa: S608 -- built from constants of this module only


CLAIM = f"""
    UPDATE signals_execution e
    SET state = 'CLAIMED', lease_epoch = e.lease_epoch + 1, lease_until = now() + interval '{LEASE_S} s', lease_owner = %s,
        attempts = e.attempts + 1, claimed_at = coalesce(e.claimed_at, clock_timestamp()), position_id = v.position_id
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, position_id uuid)
    WHERE e.id = v.id AND e.state || '' = 'PENDING'
    RETURNING e.id, e.lease_epoch
"""  # noqa: S608

# A lease that ran out, or whose worker is gone, is taken over by raising the epoch: its former holder can write nothing any more.
# It may still sign until the lease that it knows of ends, in so many seconds: it may be slow, and not gone.
TAKE_OVER = f"""
    UPDATE signals_execution e
    SET lease_epoch = e.lease_epoch + 1, lease_until = now() + interval '{LEASE_S} s', lease_owner = %s
    FROM (SELECT id, lease_until FROM signals_execution WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE) former
    WHERE e.id = former.id AND e.state IN ({IN_FLIGHT_SQL})
      AND (e.lease_until IS NULL OR e.lease_until < now() OR {OWNER_IS_GONE})
    RETURNING e.id, e.lease_epoch, greatest(coalesce(extract(epoch FROM former.lease_until - now()), 0), 0)::float8
"""  # noqa: S608

RENEW = f"""
    UPDATE signals_execution e SET lease_until = now() + interval '{LEASE_S} s'
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, epoch int)
    WHERE e.id = v.id AND e.lease_epoch = v.epoch RETURNING e.id
"""  # noqa: S608

# A worker that could not go on, and works on it no more: another need not wait for the lease to run out.
LET_GO = f"""
    UPDATE signals_execution e SET lease_until = now()
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, epoch int)
    WHERE e.id = v.id AND e.lease_epoch = v.epoch AND e.state || '' IN ({IN_FLIGHT_SQL})
"""  # noqa: S608

RELEASE = _moved(State.PENDING, ", lease_until = NULL", "")

# Given back by its worker because nothing could be sent now. Only a claim that wrote no order is not counted as an attempt:
# the attempts number the exit orders.
GIVE_BACK = _moved(
    State.PENDING,
    """, lease_until = NULL, sent_at = NULL,
        attempts = CASE WHEN e.state = 'CLAIMED' THEN greatest(e.attempts - 1, 0) ELSE e.attempts END""",
    "",
)

SENDING = _moved(
    State.SENDING,
    f""", sent_at = coalesce(e.sent_at, v.at), lease_until = now() + interval '{LEASE_S} s',
        leverage = coalesce(v.leverage, e.leverage), margin_usd = coalesce(v.margin_usd, e.margin_usd),
        stop_loss_pct = coalesce(v.stop_loss_pct, e.stop_loss_pct),
        take_profit_pct = coalesce(v.take_profit_pct, e.take_profit_pct),
        margin_mode = coalesce(v.margin_mode, e.margin_mode), price_at_send = coalesce(v.price, e.price_at_send),
        usd_rate = coalesce(v.usd_rate, e.usd_rate),
        requested_quantity = coalesce(v.quantity, e.requested_quantity), protection = v.protection,
        reason_code = coalesce(v.refused_code, ''), reason_params = coalesce(v.refused_params, '{{}}')""",
    """, at timestamptz, leverage smallint, margin_usd numeric, stop_loss_pct numeric, take_profit_pct numeric,
        margin_mode text, price numeric, usd_rate numeric, quantity numeric, protection text, refused_code text,
        refused_params jsonb""",
    extra_from=", 'SENDING'",
)

UNCONFIRMED = _moved(
    State.UNCONFIRMED,
    ", error_code = v.error_code, error_message = v.error_message",
    ", error_code text, error_message text",
    extra_from=", 'UNCONFIRMED'",
)

FILLED = _moved(
    State.FILLED,
    f""", position_id = v.position_id, exchange_order_id = v.exchange_order_id, executed_price = v.price,
        executed_quantity = v.quantity, acknowledged_at = coalesce(e.acknowledged_at, v.acknowledged_at),
        filled_at = coalesce(e.filled_at, v.filled_at), error_code = '', error_message = '',
        lease_until = now() + interval '{LEASE_S} s'""",
    """, position_id uuid, exchange_order_id text, price numeric, quantity numeric, acknowledged_at timestamptz,
        filled_at timestamptz""",
    extra_from=", 'FILLED'",
)

PROTECTED = _moved(
    State.PROTECTED,
    """, stop_loss_order_id = v.stop_id, take_profit_order_id = v.target_id, stop_loss_price = v.stop_price,
        take_profit_price = v.target_price, stop_loss_sent_price = v.stop_sent, take_profit_sent_price = v.target_sent,
        protected_at = v.protected_at, unprotected_ms = v.unprotected_ms, completed_at = v.at, lease_until = NULL,
        execution_time_ms = least(greatest(0, extract(epoch FROM v.at - e.created_at) * 1000), 2147483647)::int""",
    """, stop_id text, target_id text, stop_price numeric, target_price numeric, stop_sent numeric, target_sent numeric,
        protected_at timestamptz, unprotected_ms int, at timestamptz""",
)

# Stop or target of a settled entry were replaced: the execution names those that stand.
PROTECTION_REPLACED = """
    UPDATE signals_execution e SET stop_loss_order_id = coalesce(v.stop_id, e.stop_loss_order_id),
        take_profit_order_id = coalesce(v.target_id, e.take_profit_order_id)
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, stop_id text, target_id text)
    WHERE e.id = v.id AND e.state IN ('PROTECTED', 'CLOSED')
"""

SKIPPED, REJECTED, CLOSED = (
    _moved(
        state,
        """, reason_code = v.code, reason_params = v.params, error_code = coalesce(v.error_code, ''),
        error_message = coalesce(v.error_message, ''),
        lease_until = NULL, completed_at = coalesce(e.completed_at, v.at), closed_at = v.closed_at,
        exchange_order_id = coalesce(nullif(v.exchange_order_id, ''), e.exchange_order_id),
        executed_price = coalesce(v.price, e.executed_price), executed_quantity = coalesce(v.quantity, e.executed_quantity),
        acknowledged_at = coalesce(e.acknowledged_at, v.acknowledged_at), filled_at = coalesce(e.filled_at, v.acknowledged_at),
        unprotected_ms = coalesce(v.unprotected_ms, e.unprotected_ms),
        execution_time_ms = coalesce(e.execution_time_ms,
            least(greatest(0, extract(epoch FROM v.at - e.created_at) * 1000), 2147483647)::int)""",
        """, code text, params jsonb, error_code text, error_message text, at timestamptz, closed_at timestamptz,
        exchange_order_id text, price numeric, quantity numeric, acknowledged_at timestamptz, unprotected_ms int""",
    )
    for state in (State.SKIPPED, State.REJECTED, State.CLOSED)
)

# An execution that was settled ends when its position does: counted once, `completed_at` stays (D12).
OPENERS_CLOSED = """
    UPDATE signals_execution e SET state = 'CLOSED', reason_code = v.code, closed_at = v.at
    FROM jsonb_to_recordset(%s::jsonb) AS v(position_id uuid, code text, at timestamptz)
    WHERE e.position_id = v.position_id AND e.state = 'PROTECTED' AND e.action IN ('buy', 'sell')
"""
