"""Ports: a named one that is taken is refused, the default one gives way."""

import socket
from collections.abc import Iterator

import pytest

from ops import up
from ops.ports import next_free_port, port_is_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_not_free(taken: int) -> None:
    assert port_is_free(taken) is False


def test_the_next_free_port_is_not_the_taken_one(taken: int) -> None:
    port = next_free_port(taken)

    assert (port > taken, port_is_free(port)) == (True, True)


def test_a_named_port_that_is_taken_ends_the_start(taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        up.choose_port(taken)

    assert ended.value.code == 2
    assert capsys.readouterr().out == (
        f"batuta: port {taken} is taken by another program: stop that one, or name a free port, e.g. --port {taken + 1}\n"
    )


def test_the_default_port_gives_way_and_says_so(
    taken: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "DEFAULT_PORT", taken)
    monkeypatch.delenv("PORT", raising=False)

    port = up.choose_port(None)

    assert port != taken
    assert capsys.readouterr().out == f"batuta: port {taken} is taken by another program, using {port}\n"
