"""`python -m bench fanout`, over the servers that the environment names."""

import argparse
import os
import sys

import django
from django.core.management import call_command

from bench import fanout

COMMANDS = {"fanout": fanout}


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./batuta bench", description="Benchmarks; see bench/README.md.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, module in COMMANDS.items():
        module.add_words(commands.add_parser(name, help=(module.__doc__ or "").splitlines()[0]))
    options = parser.parse_args(words)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", "--noinput", verbosity=0)
    return COMMANDS[options.command].run(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
