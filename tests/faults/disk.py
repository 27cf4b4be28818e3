"""A disk of our own that can be made full: a tmpfs, where this user may mount one."""

import os
import subprocess
from pathlib import Path

ROOM = "2g"  # an upper bound: a tmpfs takes memory only for what lies in it


class Disk:
    """Mounted over `folder`; where that is forbidden, `refusal` says why and everything lies on the usual disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unmount()  # of a run that was killed
        folder.mkdir(parents=True, exist_ok=True)
        self.refusal = self._mount("mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0711", "batuta-faults", str(folder))

    def fill(self) -> None:
        """No further block can be had; what is open and allocated can still be written over."""
        room = os.statvfs(self.folder)
        used = (room.f_blocks - room.f_bfree) * room.f_frsize
        assert self._remount(str(used)) == ""

    def free(self) -> None:
        if not self.refusal:
            assert self._remount(ROOM) == ""

    def unmount(self) -> None:
        if self.folder.is_mount():
            subprocess.run(["umount", "-l", str(self.folder)], check=True)

    def _remount(self, size: str) -> str:
        return self._mount("mount", "-o", f"remount,size={size}", str(self.folder))

    @staticmethod
    def _mount(*words: str) -> str:
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False)
        except OSError as error:
            return str(error)
        return done.stderr.strip() or f"mount ended with {done.returncode}" if done.returncode else ""
