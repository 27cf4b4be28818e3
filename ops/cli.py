"""`./batuta <command>`: the commands of the launcher. `batuta` (bash) has made the virtual environment before."""

import argparse
import shutil
import signal
import subprocess
import sys

from ops.claims import Claim
from ops.doctor import doctor
from ops.embedded import Stack
from ops.environment import environment, given_servers, servers_are_given
from ops.gate import gate
from ops.lock import compile_locks
from ops.only_one import ports_in_use
from ops.places import ROOT, var_folder
from ops.up import up

PASSED_ON = ("test", "manage", "bench")


def main(words: list[str]) -> int:
    """Exit code of the command."""
    if words and words[0] in PASSED_ON:  # everything after is for pytest, manage.py, bench: argparse must not see it
        command, rest = words[0], words[1:]
        return {"test": gate, "manage": manage, "bench": bench}[command](rest)
    chosen = _parser().parse_args(words)
    if chosen.command == "up":
        return up(named_port=chosen.port, demo=not chosen.no_demo)
    return doctor() if chosen.command == "doctor" else compile_locks()


def manage(words: list[str]) -> int:
    """manage.py with the servers up; a running `./batuta up` of the same folder shares them. Where nothing has been started yet,
    the database gets its tables first."""
    return _with_servers(["manage.py", *words])


def bench(words: list[str]) -> int:
    """`python -m bench …` over servers of its own, as durable as the product's, thrown away afterwards."""
    claim = Claim(var_folder(), "bench")
    signal.signal(signal.SIGTERM, _leave)
    try:
        with Stack(claim.folder) as stack:
            env = environment(stack.env, claim.folder)
            return _run_to_its_end([sys.executable, "-m", "bench", *words], env)
    finally:
        for path in claim.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
        claim.release()


def _with_servers(command: list[str]) -> int:
    var = var_folder()
    ports = ports_in_use(var)  # paper accounts are on the simulator of the one that runs
    if servers_are_given():
        return _run(command, environment(given_servers(), var, **ports))
    is_new = not Stack(var).postgres.is_made
    with Stack(var) as stack:
        env = environment(stack.env, var, **ports)
        if is_new and "migrate" not in command and (failed := _run(["manage.py", "migrate", "--verbosity=0"], env)):
            return failed
        return _run(command, env)


def _run_to_its_end(command: list[str], env: dict[str, str]) -> int:
    """Its exit code. When we are told to leave, it is told too, and has left before its servers go."""
    with subprocess.Popen(command, cwd=ROOT, env=env) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the terminal has told both of us
            process.wait()
            raise
        except SystemExit:
            process.terminate()
            process.wait()
            raise


def _leave(number: int, _frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _run(command: list[str], env: dict[str, str]) -> int:
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=env, check=False).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./batuta", description="Batuta: open, self-hosted managed copy trading.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    up_words = commands.add_parser("up", help="start everything; Ctrl-C stops it")
    up_words.add_argument("--port", type=_port, help="of the web pages; default: 8000, or the next free one")
    up_words.add_argument("--no-demo", action="store_true", help="no demo users, bot and subscriptions")
    commands.add_parser(
        "test", help="everything a change must pass; `faults`: the fault suite; with pytest arguments only those tests"
    )
    commands.add_parser("manage", help="manage.py with the servers up")
    commands.add_parser("bench", help="benchmarks: fanout, venues, api, pages, ordeal")
    commands.add_parser("doctor", help="what is missing or wrong, and what to do")
    commands.add_parser("lock", help="compile requirements*.in into the hashed locks")
    return parser


def _port(word: str) -> int:
    if not word.isdigit() or not 1 <= int(word) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {word!r}")
    return int(word)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
