"""One shell, as a reader of the documentation has it open: variables and jobs stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT


class Said(NamedTuple):
    """What a command printed (both streams) and how it ended."""

    text: str
    code: int


class Shell:
    """A bash with ``kgtool`` on its path, in a folder of its own; ends with all that it started."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._out = folder / ".said"
        programs = folder / ".bin"
        programs.mkdir(parents=True)
        command = programs / "kgtool"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kgtool "$@"\n')
        command.chmod(0o755)
        clean = {k: v for k, v in os.environ.items() if not k.startswith("KGTOOL_")}
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=clean
            | {
                "HOME": str(folder),
                "PATH": f"{programs}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "PYTHONUNBUFFERED": "1",
            }
            | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.run("set -m")

    def run(self, command: str) -> Said:
        """Type a command; what runs on in the background keeps to its own output."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f"{{ {command}\n}} > '{self._out}' 2>&1 < /dev/null; echo $?\n")
        self._bash.stdin.flush()
        code = self._bash.stdout.readline()
        assert code, f"The shell ended at: {command}"
        return Said(self._out.read_text(encoding="utf-8"), int(code))

    def close(self) -> None:
        """End the shell and every job."""
        self.run("kill $(jobs -p)")
        for pipe in (self._bash.stdin, self._bash.stdout):
            assert pipe is not None
            pipe.close()
        self._bash.kill()
        self._bash.wait()
        try:
            os.killpg(self._bash.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
