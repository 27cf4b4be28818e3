"""What was lost since the client's midnight, net of fees and funding (D13): one rule for the gate and for the pages."""

# Of a position `p`: what its fills and funding had realized before `d.midnight`. All that it realized since is the rest.
EARLIER = """
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(
                CASE WHEN f.side = CASE p.side WHEN 'long' THEN 'sell' ELSE 'buy' END
                    THEN (f.price - p.entry_price) * f.quantity * CASE p.side WHEN 'long' THEN 1 ELSE -1 END / p.usd_rate
                    ELSE 0 END - coalesce(f.fee_usd, 0)), 0)
            + (SELECT coalesce(sum(g.amount * g.share), 0) FROM signals_funding g
               WHERE g.position_id = p.id AND g.paid_at < d.midnight) AS realized
        FROM signals_fill f WHERE f.position_id = p.id AND f.filled_at < d.midnight
    ) earlier ON p.opened_at < d.midnight
"""


def _loss_since(midnight: str) -> str:
    # What an open position already realized counts too.
    return f"""
        SELECT p.subscription_id, -sum(p.realized_pnl - coalesce(earlier.realized, 0)) AS loss
        FROM signals_position p JOIN accounts_user u ON u.id = p.user_id
        CROSS JOIN LATERAL (SELECT {midnight} AS midnight) d
        {EARLIER}
        WHERE p.subscription_id = ANY(%(subscriptions)s) AND (p.status = 'open' OR p.closed_at >= d.midnight)
        GROUP BY p.subscription_id
    """  # noqa: S608 -- constants


DAILY_LOSS = _loss_since("date_trunc('day', now() AT TIME ZONE u.time_zone) AT TIME ZONE u.time_zone")
LOSS_SINCE = _loss_since("%(since)s::timestamptz")
