"""What an ordeal does is drawn from its seed alone, and is as hard as the README says."""

from collections import Counter

from bench.ordeal_schedule import BOTS, SAME_SYMBOL_S, TRADERS, Strike, draw_schedule


def test_the_same_seed_is_the_same_ordeal_and_another_one_is_not() -> None:
    assert draw_schedule(7, 40) == draw_schedule(7, 40)
    assert draw_schedule(7, 40).alerts != draw_schedule(8, 40).alerts
    assert draw_schedule(7, 40).blows != draw_schedule(8, 40).blows


def test_forty_seconds_are_a_hundred_and_fifty_alerts_of_which_a_tenth_comes_more_than_once() -> None:
    alerts = [alert for seed in range(20) for alert in draw_schedule(seed, 40).alerts]

    assert len(alerts) == 20 * 150
    assert 0.08 < sum(alert.copies > 1 or alert.again for alert in alerts) / len(alerts) < 0.12
    assert {alert.bot for alert in alerts} == set(range(len(BOTS)))
    assert all(alert.ticker in BOTS[alert.bot] for alert in alerts)


def test_a_bots_symbol_is_opened_before_it_is_closed_and_rests_between_alerts() -> None:
    held: dict[tuple[int, str], tuple[str, float]] = {}
    for alert in draw_schedule(3, 40).alerts:
        action, at = held.get((alert.bot, alert.ticker), ("close", -SAME_SYMBOL_S))
        assert (action, alert.action) != ("close", "close")
        assert alert.at - at >= SAME_SYMBOL_S - 0.002
        held[alert.bot, alert.ticker] = (alert.action, alert.at)


def test_a_worker_is_killed_every_four_seconds_and_everything_else_happens_once() -> None:
    for seed in range(20):
        blows = draw_schedule(seed, 40).blows
        counted = Counter(blow.strike for blow in blows)

        assert 8 <= counted[Strike.KILL] <= 12
        assert [counted[strike] for strike in Strike if strike is not Strike.KILL] == [1, 1, 1, 1]
        assert {blow.target for blow in blows if blow.strike is Strike.KILL} == set(TRADERS)
        assert [blow.at for blow in blows] == sorted(blow.at for blow in blows)
        assert all(0 < blow.at < 40 for blow in blows)


def test_without_faults_the_alerts_are_the_same() -> None:
    calm, rough = draw_schedule(5, 40, faults=False), draw_schedule(5, 40)

    assert calm.alerts == rough.alerts
    assert (calm.blows, calm.faults) == ((), ())


def test_the_shares_of_faults_are_those_of_the_readme() -> None:
    shares: Counter[str] = Counter()
    for fault in draw_schedule(1, 40).faults:
        shares[fault.name] += round(1000 * float(fault.rule.get("probability", 0)))

    assert {name: share / 10 for name, share in shares.items() if share} == {
        "stop_refused": 4.0,
        "error_before": 3.0,
        "late_packet": 5.0,
        "timeout_after": 4.0,
        "error_after": 3.0,
        "flaky_read": 5.0,
    }
