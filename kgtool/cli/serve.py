"""``kgtool serve``."""

from __future__ import annotations

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="address to listen at")
@click.option("--port", default=8000, show_default=True, help="port; 0 takes a free one")
@click.option("--workers", default=1, show_default=True, help="processes that answer")
def serve(host: str, port: int, workers: int) -> None:
    """Serve the pages, the API and the protocols.

    SIGTERM lets running answers finish. Logs are JSON lines without personal data.
    """
    import uvicorn

    from kgtool.service.logs import CONFIG

    uvicorn.run(
        "kgtool.api.app:app_from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=CONFIG,
        access_log=False,  # uvicorn's own names addresses and queries
        server_header=False,
        timeout_graceful_shutdown=30,
    )
