"""Run a program that refuses to be root: `python -I unroot.py userns|setuid PROGRAM ARGUMENTS`.

PostgreSQL refuses user id 0. In a user namespace root is merely shown as nobody: files stay root's, nothing is chowned,
and it works where the project lies in a closed folder such as /root. Where namespaces are forbidden (a locked-down
container) the process becomes nobody for real; then every parent folder must be enterable by others.
"""

import ctypes
import os
import pwd
import subprocess
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000


def wrapper() -> tuple[str, list[str]]:
    """The mode (`direct`, `userns`, `setuid`) and the words to put before a command, as this process's user needs them."""
    if os.geteuid() != 0:
        return "direct", []
    this_file = [sys.executable, "-I", str(Path(__file__).resolve())]
    tried = subprocess.run([*this_file, "userns", "/bin/true"], capture_output=True, check=False)
    mode = "setuid" if tried.returncode else "userns"
    return mode, [*this_file, mode]


def _enter_user_namespace(nobody: pwd.struct_passwd) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    itself = Path("/proc/self")
    (itself / "setgroups").write_text("deny")
    (itself / "uid_map").write_text(f"{nobody.pw_uid} 0 1")
    (itself / "gid_map").write_text(f"{nobody.pw_gid} 0 1")


def _become(nobody: pwd.struct_passwd) -> None:
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)


if __name__ == "__main__":
    chosen_mode, *command = sys.argv[1:]
    (_enter_user_namespace if chosen_mode == "userns" else _become)(pwd.getpwnam("nobody"))
    os.execv(command[0], command)  # noqa: S606 -- the point of this file
