"""What was acknowledged survives SIGKILL and power cuts exactly. D21."""

import asyncio
import signal
import subprocess
import sys
import threading
import time

import pytest

from simulator.core import Exchange, registry
from simulator.core.codec import dump, dump_event
from simulator.journal import CorruptLog, Journal, StateInUse
from simulator.testing import run_simulator
from tests.simulator.raw import Raw

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.002"}


def test_state_after_sigkill_is_what_was_acknowledged(tmp_path):
    with run_simulator(state=tmp_path / "state") as sim:
        sim.control.set_price("BTCUSDT", "95234.50")
        keys = sim.control.create_account(coins={"USDT": "1000", "BTC": "1"})
        raw = Raw(sim, keys)
        raw.call("POST", "/fapi/v1/order", **ORDER, newClientOrderId="e1")
        raw.call("POST", "/fapi/v1/order", **{**ORDER, "type": "LIMIT", "timeInForce": "GTC", "price": "90000"})
        stop = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET"}
        raw.call("POST", "/fapi/v1/algoOrder", **stop, triggerPrice="94000", quantity="0.002", clientAlgoId="s1")
        oco = {
            "symbol": "BTCUSDT",
            "side": "SELL",
            "quantity": "0.01",
            "aboveType": "LIMIT_MAKER",
            "belowType": "STOP_LOSS",
        }
        raw.call("POST", "/api/v3/orderList/oco", **oco, abovePrice="99000", belowStopPrice="90000")
        before, ledger = sim.control.account(keys["api_key"]), sim.control.ledger()
        prices = sim.control.prices()

        sim.kill()
        sim.restart()

        raw = Raw(sim, keys)
        assert sim.control.account(keys["api_key"]) == before
        assert sim.control.ledger() == ledger
        assert sim.control.prices() == prices
        found = raw.call("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="e1")[1]
        assert (found["status"], found["avgPrice"]) == ("FILLED", "95234.50000000")
        sim.control.move_price("BTCUSDT", "93000")
        assert sim.control.account(keys["api_key"])["positions"] == []
        assert raw.call("GET", "/fapi/v1/algoOrder", clientAlgoId="s1")[1]["algoStatus"] == "FINISHED"
        newer = raw.call("POST", "/fapi/v1/order", **ORDER)[1]["orderId"]
        assert newer > max(o["id"] for o in before["open_orders"])


def test_every_acknowledged_order_is_there_after_a_kill_in_the_middle(tmp_path):
    """WHK-like proof for the exchange itself: four clients order without pause, the process is killed meanwhile."""
    with run_simulator(state=tmp_path / "state") as sim:
        accounts = [sim.control.create_account(wallet={"USDT": "1000000"}) for _ in range(4)]
        acknowledged: dict[str, list[str]] = {keys["api_key"]: [] for keys in accounts}

        def order_on(keys):
            raw, number = Raw(sim, keys), 0
            while True:
                number += 1
                try:
                    status, _ = raw.call("POST", "/fapi/v1/order", **ORDER, newClientOrderId=f"n{number}")
                except OSError:
                    return
                assert status == 200
                acknowledged[keys["api_key"]].append(f"n{number}")

        threads = [threading.Thread(target=order_on, args=(keys,)) for keys in accounts]
        for thread in threads:
            thread.start()
        time.sleep(0.7)
        sim.kill()
        for thread in threads:
            thread.join()
        sim.restart()

        for keys in accounts:
            events = sim.control.ledger(api_key=keys["api_key"], kind="OrderFilled")
            filled = {event["data"]["fill"]["order_id"] for event in events}
            placed = sim.control.ledger(api_key=keys["api_key"], kind="OrderPlaced")
            by_client_id = {event["data"]["order"]["client_id"]: event["data"]["order"]["id"] for event in placed}
            assert len(acknowledged[keys["api_key"]]) > 5
            assert all(by_client_id[client_id] in filled for client_id in acknowledged[keys["api_key"]])
            (position,) = sim.control.account(keys["api_key"])["positions"]
            assert position["quantity"] == f"{len(filled) * 0.002:.3f}"


def test_clean_stop_leaves_a_snapshot_that_is_enough(tmp_path):
    with run_simulator(state=tmp_path / "state") as sim:
        keys = sim.control.create_account()
        Raw(sim, keys).call("POST", "/fapi/v1/order", **ORDER)
        before = sim.control.account(keys["api_key"])
        sim.stop()
        for segment in (tmp_path / "state").glob("events-*"):
            segment.unlink()
        sim.restart()

        assert sim.control.account(keys["api_key"]) == before
    assert (tmp_path / "state" / "snapshot.json").stat().st_mode & 0o077 == 0


def test_torn_last_line_is_cut_and_a_gap_is_refused(tmp_path):
    with run_simulator(state=tmp_path / "state") as sim:
        keys = sim.control.create_account()
        sim.kill()
        segment = max((tmp_path / "state").glob("events-*"))
        whole = segment.read_bytes()
        segment.write_bytes(whole + b'{"sequence":99,"time"')
        sim.restart()
        assert sim.control.account(keys["api_key"])["id"] == keys["id"]
        sim.kill()

    segment.write_bytes(b"".join(whole.splitlines(keepends=True)[1:]))
    journal = Journal(tmp_path / "state", on_failure=lambda error: None)
    with pytest.raises(CorruptLog):
        journal.load(lambda event, line: None)


def test_two_simulators_do_not_share_a_folder(tmp_path):
    first = Journal(tmp_path, on_failure=lambda error: None)

    with pytest.raises(StateInUse):
        Journal(tmp_path, on_failure=lambda error: None)
    assert first.load(lambda event, line: None) is None


def test_long_logs_are_shortened_by_snapshots(tmp_path):
    """In process, with a snapshot every ten events."""
    code = """
import asyncio, sys
from decimal import Decimal
from pathlib import Path
from simulator import journal
from simulator.core import Exchange, registry
from simulator.core.codec import dump, dump_event
journal.SNAPSHOT_EVERY, journal.KEPT_EVENTS = 10, 40
async def main():
    log = journal.Journal(Path(sys.argv[1]), on_failure=print)
    exchange = Exchange(clock=lambda: 1, state=log.load(lambda event, line: None))
    log.start(exchange.state)
    exchange.listeners.append(lambda event: log.append(dump_event(event)))
    for number in range(95):
        registry.open_account(exchange, api_key=f"k{number}", secret="s")
        await asyncio.sleep(0)
        while log._writing is not None:
            await asyncio.sleep(0)
        if log.wants_snapshot:
            log.snapshot(exchange.state)
    print(dump(exchange.state))
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    journal = Journal(tmp_path, on_failure=lambda error: None)
    seen: list[int] = []
    state = journal.load(lambda event, line: seen.append(event.sequence))

    assert state is not None
    assert dump(state) == done.stdout.strip()
    assert seen == list(range(51, 96))  # forty at the last snapshot, the ninetieth


def test_no_number_of_starts_costs_the_ledger_its_history(tmp_path):
    async def one_life(number: int) -> None:
        log = Journal(tmp_path, on_failure=lambda error: None)
        exchange = Exchange(clock=lambda: 1, state=log.load(lambda event, line: None))
        log.start(exchange.state)
        exchange.listeners.append(lambda event: log.append(dump_event(event)))
        registry.open_account(exchange, api_key=f"k{number}", secret="s")
        await log.close(exchange.state)

    for number in range(12):
        asyncio.run(one_life(number))

    seen: list[int] = []
    Journal(tmp_path, on_failure=lambda error: None).load(lambda event, line: seen.append(event.sequence))
    assert seen == list(range(1, 13))


def test_a_full_disk_ends_the_process_without_an_answer(tmp_path):
    """F32: nothing is acknowledged that is not on the disk."""
    with run_simulator(state=tmp_path / "state", log=tmp_path / "log") as sim:
        keys = sim.control.create_account()
        pid = sim.process.pid
        import resource

        resource.prlimit(pid, resource.RLIMIT_FSIZE, (2000, 2000))
        raw = Raw(sim, keys)
        answered = _count_answered_orders(raw)
        assert sim.process.wait(10) in (1, -signal.SIGXFSZ)
        sim.restart()

        placed = sim.control.ledger(api_key=keys["api_key"], kind="OrderPlaced")
        assert len(placed) >= answered


def _count_answered_orders(raw):
    for number in range(50):
        try:
            raw.call("POST", "/fapi/v1/order", **ORDER, newClientOrderId=f"n{number}")
        except OSError:
            return number
    raise AssertionError("the disk was never full")


def test_the_rest_of_a_thin_order_comes_after_a_restart(tmp_path):
    with run_simulator(state=tmp_path / "state") as sim:
        keys = sim.control.create_account()
        sim.control.add_fault("partial", leg="entry", fraction="0", rest_ms=300)
        Raw(sim, keys).call("POST", "/fapi/v1/order", **ORDER)
        sim.kill()
        sim.restart()

        deadline = time.monotonic() + 5
        while not sim.control.account(keys["api_key"])["positions"] and time.monotonic() < deadline:
            time.sleep(0.05)

        assert [p["quantity"] for p in sim.control.account(keys["api_key"])["positions"]] == ["0.002"]
