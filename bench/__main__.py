"""`python -m bench fanout | venues | api | pages | ordeal`, over the servers that the environment names."""

import argparse
import os
import signal
import sys
from importlib import import_module

import django
from django.core.management import call_command

from bench.tied import end_with, leave_when_told

COMMANDS = ("fanout", "venues", "api", "pages", "ordeal")


def main(words: list[str]) -> int:
    leave_when_told()
    end_with(os.getppid(), signal.SIGTERM)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    modules = {name: import_module(f"bench.{name}") for name in COMMANDS}  # after the set-up: they import models
    parser = argparse.ArgumentParser(prog="./batuta bench", description="Benchmarks; see bench/README.md.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, module in modules.items():
        module.add_words(commands.add_parser(name, help=(module.__doc__ or "").splitlines()[0]))
    options = parser.parse_args(words)
    call_command("migrate", "--noinput", verbosity=0)
    return int(modules[options.command].run(options))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
