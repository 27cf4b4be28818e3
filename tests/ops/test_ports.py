"""Ports: a named one that is taken is refused, the default one gives way."""

import socket
from collections.abc import Iterator

import pytest

from ops import up
from ops.ports import PortClaims, next_free_port, port_is_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def starts() -> Iterator[list[PortClaims]]:
    """Three starts at once."""
    begun = [PortClaims() for _ in range(3)]
    yield begun
    for each in begun:
        each.release()


@pytest.fixture
def claims(starts: list[PortClaims]) -> PortClaims:
    return starts[0]


def test_a_taken_port_is_not_free(taken: int) -> None:
    assert port_is_free(taken) is False


def test_the_next_free_port_is_not_the_taken_one(taken: int) -> None:
    port = next_free_port(taken)

    assert (port > taken, port_is_free(port)) == (True, True)


def test_a_named_port_that_is_taken_ends_the_start(
    taken: int, claims: PortClaims, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        up.choose_port(taken, claims)

    assert ended.value.code == 2
    assert capsys.readouterr().out == (
        f"batuta: port {taken} is taken by another program: stop that one, or name a free port, e.g. --port {taken + 1}\n"
    )


def test_the_default_port_gives_way_and_says_so(
    taken: int, claims: PortClaims, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "DEFAULT_PORT", taken)
    monkeypatch.delenv("PORT", raising=False)

    port = up.choose_port(None, claims)

    assert port != taken
    assert capsys.readouterr().out == f"batuta: port {taken} is taken by another program, using {port}\n"


def test_the_simulators_port_can_be_named(claims: PortClaims, monkeypatch: pytest.MonkeyPatch) -> None:
    port = next_free_port(20_100)
    monkeypatch.setenv("SIMULATOR_PORT", str(port))

    assert up.choose_simulator_port(8000, claims) == port
    monkeypatch.setenv("SIMULATOR_PORT", "")
    assert up.choose_simulator_port(8000, claims) >= up.DEFAULT_SIMULATOR_PORT


def test_a_named_port_of_the_simulator_that_is_taken_ends_the_start(
    taken: int, claims: PortClaims, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMULATOR_PORT", str(taken))

    for web_port in (8000, taken):
        with pytest.raises(SystemExit) as ended:
            up.choose_simulator_port(web_port, claims)
        assert ended.value.code == 2

    by_another, by_web = capsys.readouterr().out.splitlines()
    assert by_another == (
        f"batuta: port {taken} is taken by another program: stop that one, or name a free port,"
        f" e.g. SIMULATOR_PORT={taken + 1}"
    )
    assert by_web.startswith(f"batuta: port {taken} is the web pages': name another for the simulator")


@pytest.mark.parametrize("text", ["abc", "70000", "-1", "80.5"])
def test_what_is_no_port_is_refused_with_a_sentence(
    text: str, claims: PortClaims, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", text)
    monkeypatch.setenv("SIMULATOR_PORT", text)

    for choose in (lambda: up.choose_port(None, claims), lambda: up.choose_simulator_port(8000, claims)):
        with pytest.raises(SystemExit) as ended:
            choose()
        assert ended.value.code == 2

    by_web, by_simulator = capsys.readouterr().out.splitlines()
    assert by_web == f"batuta: PORT={text} is no port: name a number from 1 to 65535"
    assert by_simulator.startswith(f"batuta: SIMULATOR_PORT={text} is no port")


def test_starts_at_once_take_different_ports_before_any_has_bound_one(taken: int, starts: list[PortClaims]) -> None:
    ports = [start.next_free(taken) for start in starts]

    assert taken < ports[0] < ports[1] < ports[2]
    assert starts[0].claim(ports[1]) is False
    starts[1].release()
    assert starts[0].claim(ports[1]) is True


def test_a_claimed_port_can_be_listened_on(claims: PortClaims) -> None:
    port = claims.next_free(20_000)

    with socket.create_server(("127.0.0.1", port)) as listener:
        assert listener.getsockname()[1] == port


def test_a_named_port_is_claimed_too(starts: list[PortClaims]) -> None:
    port = starts[0].next_free(20_000)
    starts[0].release()

    assert up.choose_port(port, starts[1]) == port
    assert starts[2].next_free(port) > port
