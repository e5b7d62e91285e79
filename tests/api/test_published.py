"""Field by field: what was not published is seen by nobody, whichever route or page is asked.

Every field of a partner and of a request holds a word of its own. Everything that anyone may open
is opened, by somebody who has not signed in and by a volunteer and a partner who have nothing to do
with it; of the words only those of published fields, and of those that go with them, may appear.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator

import msgspec
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.errors import NotFound
from kgtool.partners import (
    PUBLISHABLE,
    Collection,
    Link,
    Partner,
    Project,
    Request,
    RequestCheck,
)
from kgtool.partners.request import PUBLISHABLE as OF_REQUESTS
from kgtool.service.callers import Caller
from tests.short import short

from .test_rules import guarded

Bearer = Callable[..., dict[str, str]]
AUTHOR = Caller("Authormark", "volunteer")
STAFF = Caller("Staffmark", "coordinator")

# Words of a partner's fields; a field of several parts has several.
PARTNER = {
    "name": ["Namemark"],
    "status": ["Paused", "paused"],
    "affiliate": ["Affiliatemark"],
    "summary": ["Summarymark"],
    "projects": ["Projectmark", "Q4444441"],
    "links": ["Linkmark", "linkurlmark"],
    "collections": ["Collectionmark", "Q4444442", "Sourcemark"],
    "history": ["Notemark", "Staffmark"],
    "contacts": ["Contactmark", "contact-address-mark", "Purposemark", "Consentmark"],
}
# Anyone sees these of a partner that is listed; nobody but coordinators sees those.
WITH_LISTED = {"qid", "name", "kind", "country", "updated", "version", "published"}
NEVER = {"history", "contacts"}

REQUEST = {
    "title": ["Titlemark"],
    "description": ["Descriptionmark"],
    "material": ["Materialmark"],
    "outcome": ["Outcomemark"],
    "justification": ["Justificationmark"],
    "community": ["Communitymark"],
    "partner": ["Q7777777"],
    "links": ["linkmark"],
    "related": ["Q5555555"],
    "advice": ["Advicemark"],
    "priority": ["High"],
    "result": ["Resultmark"],
    "assigned": ["Assignedmark"],
    "author": ["Authormark"],
    "contact": ["contactmark"],
    "events": ["Commentmark", "Staffmark"],
    "checks": ["Checkmark"],
}
REQUEST_WITH_LISTED = {
    *("id", "title", "state", "made", "moved", "country", "kind", "meeting", "language"),
    *("replied", "version", "published"),
}
REQUEST_NEVER = {"assigned", "author", "contact", "contact_delete_after", "events", "checks"}


def test_every_field_has_a_rule() -> None:
    """A new field must be said to be publishable, listed with the rest, or never public."""
    of_partner = {field.name for field in msgspec.structs.fields(Partner)}
    assert of_partner == WITH_LISTED | NEVER | (set(PUBLISHABLE) - {"listed"})
    of_request = {field.name for field in msgspec.structs.fields(Request)}
    published = set(OF_REQUESTS) - {"listed"} | {"related"}  # with the links
    assert of_request == REQUEST_WITH_LISTED | REQUEST_NEVER | published


def register(app: FastAPI) -> None:
    tool = app.state.kgtool
    tool.partners.add("Q1", name="Namemark", kind="museum", caller=STAFF)
    tool.partners.change(
        "Q1",
        STAFF,
        status="paused",
        note="Notemark",
        affiliate="Affiliatemark",
        summary="Summarymark",
        projects=[Project("Projectmark", focus="Q4444441")],
        links=[Link("Linkmark", "https://example.org/linkurlmark")],
        collections=[Collection("Collectionmark", "Q4444442", 7, None, "Sourcemark")],
    )
    tool.partners.add_contact(
        "Q1",
        STAFF,
        name="Contactmark",
        address="contact-address-mark@example.org",
        purpose="Purposemark",
        consent="Consentmark",
    )


def ask(app: FastAPI) -> None:
    tool = app.state.kgtool
    made = tool.requests.make(
        AUTHOR,
        title="Titlemark",
        description="Descriptionmark",
        material="Materialmark",
        outcome="Outcomemark",
        justification="Justificationmark",
        community="Communitymark",
        partner="Q7777777",
        links=["https://example.org/linkmark"],
        related=["/partners/Q5555555"],
        contact="contactmark@example.org",
    )
    tool.requests.change(
        made.id,
        STAFF,
        priority="high",
        advice="Advicemark",
        result="Resultmark",
        assigned="Assignedmark",
        meeting=datetime.date(2026, 10, 1),
    )
    tool.requests.comment(made.id, "Commentmark", STAFF)
    tool.requests.check(made.id, [RequestCheck("technical", "concern", "Checkmark")], STAFF)


# Where published fields are shown: the rest of the service is asked where nothing is published.
REGISTRY = ("/partners", "/requests", "/reports", "/api/v1/partners", "/api/v1/requests")


def everything_open(
    app: FastAPI, word: str, below: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Every address that anyone may open, as JSON or a page and as a table; a search for *word*."""
    month = f"{datetime.datetime.now(datetime.UTC):%Y-%m}"
    for method, path, rule in guarded(app):
        # Names of items are reconciled, not those of the registry.
        if method == "GET" and rule.role == "anyone" and not path.startswith("/reconcile"):
            if not path.startswith(below):
                continue
            path = path.replace("/reports/x", f"/reports/{month}")
            yield path, {}
            if path.startswith("/api/"):
                yield path, {"Accept": "text/csv"}
    yield f"/search?q={word}", {}
    for of in ("status=paused", "kind=museum", "state=new", "priority=high"):
        yield f"/partners?{of}", {}
        yield f"/requests?{of}", {}
        yield f"/api/v1/partners?{of}", {}
        yield f"/api/v1/requests?{of}", {}


def seen(
    app: FastAPI,
    callers: list[dict[str, str]],
    words: dict[str, list[str]],
    below: tuple[str, ...] = ("/",),
) -> set[str]:
    """The fields of which a word appears anywhere."""
    found = set()
    client = TestClient(app, follow_redirects=False)
    for path, headers in everything_open(app, "mark", below):
        for caller in callers:
            answer = client.get(path, headers=headers | caller)
            assert answer.status_code < 500 or answer.status_code == 503, path
            text = f"{answer.headers} {answer.text}"
            found |= {field for field, some in words.items() if any(one in text for one in some)}
    return found


@pytest.fixture
def others(app: FastAPI, bearer: Bearer, request: pytest.FixtureRequest) -> list[dict[str, str]]:
    """Somebody who has not signed in; where nothing is published, also two who have.

    These are a volunteer and a partner of another institution, for whom the same rule is asked.
    """
    app.state.limits._per_minute = 0
    if request.node.callspec.params["field"] not in (None, "listed"):
        return [{}]
    return [{}, bearer("volunteer"), bearer("partner")]


@pytest.mark.parametrize("field", short(2, [None, *PUBLISHABLE]))
def test_of_a_partner_only_what_was_published_is_seen(
    app: FastAPI, others: list[dict[str, str]], field: str | None
) -> None:
    register(app)
    if field is not None:
        app.state.kgtool.partners.change("Q1", STAFF, publish=[field])
    allowed = {field, "name"} if field else set()
    words = {name: some for name, some in PARTNER.items() if name != "status"}
    below = ("/",) if field in (None, "listed") else REGISTRY
    assert seen(app, others, words, below) == allowed - {"listed", "status"}
    told = TestClient(app).get("/api/v1/partners/Q1")
    assert told.status_code == (200 if field else 404)
    if field:
        assert (told.json()["status"] == "paused") == (field == "status")
        page = TestClient(app).get("/en/partners/Q1").text
        assert ("Paused" in page) == (field == "status")
        filtered = TestClient(app).get("/api/v1/partners?status=paused").json()["partners"]
        assert bool(filtered) == (field == "status")


@pytest.mark.parametrize("field", short(3, [None, *OF_REQUESTS]))
def test_of_a_request_only_what_was_published_is_seen(
    app: FastAPI, others: list[dict[str, str]], field: str | None
) -> None:
    ask(app)
    if field is not None:
        app.state.kgtool.requests.change(1, STAFF, publish=[field])
    allowed = {field, "title"} if field else set()
    if field == "links":
        allowed.add("related")
    words = {name: some for name, some in REQUEST.items() if name != "priority"}
    below = ("/",) if field in (None, "listed") else REGISTRY
    assert seen(app, others, words, below) == allowed - {"listed", "priority"}
    told = TestClient(app).get("/api/v1/requests/1")
    assert told.status_code == (200 if field else 404)
    if field:
        assert (told.json()["priority"] == "high") == (field == "priority")
        filtered = TestClient(app).get("/api/v1/requests?partner=Q7777777").json()["requests"]
        assert bool(filtered) == (field == "partner")


def test_coordinators_see_it_all(app: FastAPI, bearer: Bearer) -> None:
    """So the words do reach the pages, and the tests above can fail."""
    register(app)
    ask(app)
    app.state.limits._per_minute = 0
    staff = [bearer("coordinator")]
    assert seen(app, staff, PARTNER) == set(PARTNER)
    assert seen(app, staff, REQUEST) == set(REQUEST)


def test_an_author_sees_their_own_request_and_others_do_not(app: FastAPI) -> None:
    ask(app)
    tool = app.state.kgtool
    mine = tool.requests.get(1, AUTHOR)
    assert (mine.title, mine.description) == ("Titlemark", "Descriptionmark")
    with pytest.raises(NotFound):
        tool.requests.get(1, Caller("Somebody", "volunteer"))


# Tokens of forms, numbers of requests in errors, the time.
OF_THE_MOMENT = re.compile(
    r'name="(?:csrf|shown)" value="[^"]*"|\b[0-9a-f]{64}\b|\b[0-9a-f]{16}\b'
    r"|\d{4}-\d\d-\d\dT[\d:.+Z]+"
)


def test_what_is_not_published_changes_no_answer(app: FastAPI) -> None:
    """No count, tag, error or order of anything tells that there is a prospect or a request."""
    app.state.limits._per_minute = 0

    def answers() -> dict[str, tuple[int, str, str | None]]:
        client, found = TestClient(app, follow_redirects=False), {}
        for path, headers in everything_open(app, "mark", ("/",)):
            if not path.startswith(("/health", "/metrics")):
                answer = client.get(path, headers=headers)
                told = OF_THE_MOMENT.sub("", answer.text)
                whole = answer.status_code == 200 and told == answer.text
                tag = answer.headers.get("etag") if whole else None
                found[f"{path} {headers}"] = (answer.status_code, told, tag)
        return found

    before = answers()
    register(app)
    ask(app)
    assert answers() == before
    app.state.kgtool.partners.change("Q1", STAFF, publish=["listed"])
    assert answers() != before
