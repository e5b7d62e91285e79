"""``kgtool worker``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from threading import Event


@click.command()
@click.option("--once", is_flag=True, help="Do what is due and end, for a timer.")
@click.option("--until-closed", is_flag=True, help="End when standard input is closed.")
def worker(once: bool, until_closed: bool) -> None:
    """Do what is asked for in the background: batches, plans, syncs, and what is scheduled.

    `kgtool serve` starts one; run it by itself where web and jobs are apart. Several may run: what
    one does when it is killed, another takes over. SIGTERM lets jobs end at a safe point.
    """
    import logging.config
    import signal
    import threading

    from kgtool.cli.common import kgtool
    from kgtool.service.logs import CONFIG

    logging.config.dictConfig(CONFIG)
    tool = kgtool()
    if once:
        tool.worker().drain()
        tool.close()
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    if until_closed:
        threading.Thread(target=_until_closed, args=(stop,), daemon=True).start()
    ended = tool.worker().run(stop)
    if ended:
        tool.close()
    sys.stderr.flush()


def _until_closed(stop: Event) -> None:
    sys.stdin.buffer.read()
    stop.set()
