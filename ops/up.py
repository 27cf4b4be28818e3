"""`./batuta up`: servers, migrations, demo data, then every process of the Procfile until Ctrl-C."""

import os
import signal
import threading
import time
from typing import NoReturn

from ops.embedded import Stack
from ops.environment import environment, given_servers, servers_are_given
from ops.leftovers import MARK, end_leftovers
from ops.only_one import OnlyOne
from ops.places import ROOT, var_folder
from ops.ports import PortClaims, port_is_free
from ops.prepare import own_simulator, prepare
from ops.procfile import processes
from ops.readiness import READY, ask_ready
from ops.speech import say
from ops.supervisor import Supervisor

DEFAULT_PORT, DEFAULT_SIMULATOR_PORT = 8000, 9000
PATIENCE_SECONDS, POLL_SECONDS = 60.0, 0.5
DEMO_LOGINS = "client1@demo.local (to client20@), manager@demo.local, admin@demo.local – password demo-password"


def up(*, named_port: int | None, demo: bool) -> int:
    """Returns 0 after Ctrl-C or SIGTERM, 1 when something failed; raises SystemExit(2) when it cannot start here."""
    began, var = time.monotonic(), var_folder()
    signal.signal(signal.SIGTERM, _leave)
    only_one, claims = OnlyOne(var), PortClaims()
    stack: Stack | None = None
    try:
        if ended := end_leftovers(var):
            say(f"ended {ended} processes of a start that was killed")
        port = choose_port(named_port, claims)
        if not servers_are_given():
            say(f"starting PostgreSQL and Valkey below {var}")
            stack = Stack(var).start()
        simulator_port = choose_simulator_port(port, claims)
        servers = stack.env if stack else given_servers()
        env = environment(servers, var, port=port, simulator_port=simulator_port) | {MARK: str(var)}
        demo = demo and env["BATUTA_ENV"] != "production"
        only_one.announce(env)
        prepare(env, demo=demo)
        return run_processes(env, stack, began, demo=demo)
    finally:
        if stack:
            stack.stop()
        claims.release()
        only_one.release()


def choose_port(named: int | None, claims: PortClaims) -> int:
    """The port named by `--port` or PORT, else the first free one from 8000; a named one that is taken is refused (2)."""
    host = os.environ.get("HOST", "127.0.0.1")
    wanted = named or _port_in("PORT")
    if wanted:
        if port_is_free(wanted, host):
            claims.claim(wanted)  # where that fails it is named all the same: another program's UDP is no reason
            return wanted
        _refuse_taken_port(wanted, f"--port {wanted + 1}")
    port = claims.next_free(DEFAULT_PORT, host)
    if port != DEFAULT_PORT:
        say(f"port {DEFAULT_PORT} is taken by another program, using {port}")
    return port


def choose_simulator_port(web_port: int, claims: PortClaims) -> int:
    """The port named by SIMULATOR_PORT, else the first free one from 9000; a named one that is taken is refused (2)."""
    wanted = _port_in("SIMULATOR_PORT")
    if not wanted:
        return claims.next_free(DEFAULT_SIMULATOR_PORT)
    if wanted == web_port:
        say(f"port {wanted} is the web pages': name another for the simulator, e.g. SIMULATOR_PORT={wanted + 1}")
        raise SystemExit(2)
    if not port_is_free(wanted):
        _refuse_taken_port(wanted, f"SIMULATOR_PORT={wanted + 1}")
    claims.claim(wanted)
    return wanted


def _port_in(variable: str) -> int:
    """The port that an environment variable names, 0 without one; what is no port is refused (2)."""
    text = os.environ.get(variable, "").strip() or "0"
    if text.isascii() and text.isdigit() and int(text) < 65536:
        return int(text)
    say(f"{variable}={text} is no port: name a number from 1 to 65535")
    raise SystemExit(2)


def _refuse_taken_port(port: int, example: str) -> NoReturn:
    say(f"port {port} is taken by another program: stop that one, or name a free port, e.g. {example}")
    raise SystemExit(2)


def run_processes(env: dict[str, str], stack: Stack | None, began: float, *, demo: bool) -> int:
    """Run all until one gives up, a server dies or somebody stops us."""
    supervisor = Supervisor(last="simulator")  # workers finish at it what they carry
    absent = frozenset() if own_simulator(env) else frozenset({"simulator"})
    for name, command in processes(env, without=absent):
        supervisor.add_process(name, f"exec {command}", cwd=str(ROOT), env=env | {"BATUTA_PROCESS": name})
    tellers = [threading.Thread(target=_announce_when_ready, args=(supervisor, env, began, demo), daemon=True)]
    if stack:
        tellers.append(threading.Thread(target=_watch_servers, args=(supervisor, stack), daemon=True))
    supervisor.watchers = tellers
    supervisor.loop()
    return 0 if supervisor.returncode in (130, 143) else 1


def _announce_when_ready(supervisor: Supervisor, env: dict[str, str], began: float, demo: bool) -> None:
    told, patient_until = "", time.monotonic() + PATIENCE_SECONDS
    while not supervisor.stopping.wait(POLL_SECONDS):
        state, missing = ask_ready(f"http://127.0.0.1:{env['PORT']}")
        if state == READY:
            supervisor.say(f"Batuta is ready after {time.monotonic() - began:.1f} s: {env['BASE_URL']}/")
            if demo:
                supervisor.say(f"Demo logins: {DEMO_LOGINS}")
            supervisor.say("Ctrl-C stops everything.")
            return
        if missing != told:
            told = missing
            supervisor.say(f"waiting for {missing}")
        if time.monotonic() > patient_until:
            patient_until = time.monotonic() + PATIENCE_SECONDS
            supervisor.say(
                f"still waiting for {missing} at {env['BASE_URL']}/; `./batuta doctor` in another terminal tells more"
            )


def _watch_servers(supervisor: Supervisor, stack: Stack) -> None:
    while not supervisor.stopping.wait(2):
        dead = [name for name, pid in (("PostgreSQL", stack.postgres.pid()), ("Valkey", stack.valkey.pid())) if not pid]
        if dead:
            supervisor.stop_because(f"{' and '.join(dead)} ended (logs: {stack.base}/*.log): stopping everything")


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
