"""The HTTP session under WikibaseIntegrator: with time limits, and it remembers the last answer.

WikibaseIntegrator hides why a call failed (a dropped connection, a refused one, 503, a rate limit
and maxlag all end as "retries reached"), so what really came back is kept here.
"""

from __future__ import annotations

import logging
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from wikibaseintegrator.wbi_config import config

from kgtool.messages.words import Words
from kgtool.settings import Settings
from kgtool.sources.budget import budget_of
from kgtool.sources.waiting import LONGEST_WAIT, retry_after
from kgtool.writes.classify import Answer

# It logs edit tokens at level debug and, through its backoff, passwords at level error.
logging.getLogger("wikibaseintegrator").setLevel(logging.CRITICAL + 1)
config["BACKOFF_MAX_TRIES"] = 1

_CONNECT_SECONDS = 15.0
# No connection came about, so that nothing can have been sent.
_NEVER_LEFT = (NewConnectionError, ConnectTimeoutError, requests.ConnectTimeout)


class RecordingSession(requests.Session):
    """A session whose requests never hang nor follow redirects of edits; ``last`` is the answer.

    Its requests come out of the budget that all processes of the workspace share. ``lost`` is set
    when the host's name means nothing and nothing ever came from it: asking again is then of no
    use.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.headers["User-Agent"] = settings.user_agent
        self.seconds = settings.http_timeout
        self._budget = budget_of(settings)
        self.lost = False
        self._heard = False
        self.last = Answer(0, problem=Words("why-nothing-sent"), sent=False)

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """As in requests, but with time limits and no redirects for anything but GET."""
        kwargs.setdefault("timeout", (_CONNECT_SECONDS, self.seconds))
        if str(method).upper() != "GET":
            kwargs["allow_redirects"] = False
        try:
            with self._budget.turn(str(url)):
                response = super().request(method, url, *args, **kwargs)
        except requests.RequestException as error:
            self.last = Answer(0, problem=_problem(error), sent=not _has(error, *_NEVER_LEFT))
            self.lost = not self._heard and _has(error, NameResolutionError)
            raise
        self._heard = True
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.last = Answer(response.status_code, headers, response.content)
        asked = retry_after(headers)
        if asked:
            self._budget.hold_off(str(url), min(asked, LONGEST_WAIT))
        # WikibaseIntegrator would sleep for that long, deaf to being stopped; the run waits itself.
        response.headers.pop("Retry-After", None)
        return response

    def forget(self) -> None:
        """Before an edit: no answer yet, nothing sent yet."""
        self.last = Answer(0, problem=Words("why-nothing-sent"), sent=False)


def _problem(error: requests.RequestException) -> str | Words:
    if _has(error, NameResolutionError):
        return Words("why-no-host")
    if _has(error, NewConnectionError):
        return Words("why-no-connection")
    return type(error).__name__


def _has(error: BaseException, *kinds: type[BaseException]) -> bool:
    """Whether an error is one of *kinds*, or goes back to one."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, kinds):
            return True
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return False
