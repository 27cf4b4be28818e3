"""P15: the operator names the addresses by which requests leave; a name that is no address stops the start."""

import os
import subprocess
import sys

from ops.places import ROOT

READ = "from config import settings; print('|'.join(settings.EGRESS_ADDRESSES))"


def settings_with(addresses: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "BATUTA_EGRESS_ADDRESSES": addresses}
    return subprocess.run(
        [sys.executable, "-c", READ], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_any_number_of_addresses_and_networks() -> None:
    told = settings_with("203.0.113.7, 2001:db8::7,198.51.100.0/29,")

    assert told.stdout.strip() == "203.0.113.7|2001:db8::7|198.51.100.0/29"
    assert settings_with("").stdout.strip() == ""


def test_what_is_no_address_stops_the_start() -> None:
    told = settings_with("203.0.113.7,the office")

    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.strip() == "BATUTA_EGRESS_ADDRESSES has 'the office': neither an address nor a network"
