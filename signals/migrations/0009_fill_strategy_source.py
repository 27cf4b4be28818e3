"""What stands already: a signal's strategy by who sent it, an order's by its signal, a position's by the entry that opened it.

Each statement may run again: it changes only what still says otherwise. Only what people did by hand differs from the default.
"""

from django.db import migrations

SIGNALS = """
    UPDATE signals_signal SET strategy_source = 'manual'
    WHERE source IN ('manager', 'client') AND strategy_source <> 'manual'
"""
ORDERS = """
    UPDATE signals_order o SET strategy_source = 'manual'
    FROM signals_execution e JOIN signals_signal sig ON sig.id = e.signal_id
    WHERE o.execution_id = e.id AND sig.strategy_source = 'manual' AND o.strategy_source <> 'manual'
"""
POSITIONS = """
    UPDATE signals_position p SET strategy_source = 'manual'
    FROM (
        SELECT DISTINCT ON (coalesce(o.position_id, e.position_id))
            coalesce(o.position_id, e.position_id) AS id, o.strategy_source
        FROM signals_order o JOIN signals_execution e ON e.id = o.execution_id
        WHERE o.leg = 'entry' AND o.filled_quantity > 0 AND coalesce(o.position_id, e.position_id) IS NOT NULL
        ORDER BY coalesce(o.position_id, e.position_id), o.created_at
    ) opened
    WHERE p.id = opened.id AND opened.strategy_source = 'manual' AND p.strategy_source <> 'manual'
"""


class Migration(migrations.Migration):
    dependencies = [("signals", "0008_strategy_source")]

    operations = [migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in (SIGNALS, ORDERS, POSITIONS)]
