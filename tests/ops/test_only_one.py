"""What a running launcher tells others of its folder."""

from pathlib import Path

from ops.environment import environment
from ops.only_one import OnlyOne, ports_in_use


def test_commands_find_the_simulator_of_the_launcher_that_runs(tmp_path: Path, monkeypatch):
    """`./batuta manage` reaches paper accounts also where another port was taken."""
    monkeypatch.delenv("BATUTA_EXCHANGE_URL_PAPER", raising=False)
    assert ports_in_use(tmp_path) == {}

    launcher = OnlyOne(tmp_path)
    launcher.announce({"BASE_URL": "http://127.0.0.1:8001", "PORT": "8001", "SIMULATOR_PORT": "9001"})
    env = environment({}, tmp_path, **ports_in_use(tmp_path))
    launcher.release()

    assert (env["PORT"], env["BATUTA_EXCHANGE_URL_PAPER"]) == ("8001", "http://127.0.0.1:9001")
    assert ports_in_use(tmp_path) == {}
