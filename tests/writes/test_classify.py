"""Answers of a real wiki → outcomes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kgtool.writes.classify import Answer, classify_action, classify_rest
from kgtool.writes.outcomes import Outcome, Taken, Throttled, outcome_code

# Name of the recorded exchange → the outcome.
RECORDED = {
    "14b-edit-same-term-old-baserevid-conflict": "edit-conflict",
    "14d-baserevid-nonexistent": "invalid",
    "14e-baserevid-of-other-page": "invalid",
    "14f-clear-with-stale-baserevid": "edit-conflict",
    "14g-null-edit": "confirmed",
    "14i-conflict-two-users": "edit-conflict",
    "20b-maxlag-5-queryservice-lag": "lagged",
    "20e-maxlag-minus2": "lagged",
    "21a-duplicate-label-description": "taken",
    "21b-duplicate-label-description-fv1": "taken",
    "21d-label-equals-description": "invalid",
    "21e-duplicate-property-label": "taken",
    "22a-duplicate-sitelink": "taken",
    "22b-sitelink-no-such-page": "invalid",
    "22c-sitelink-unknown-site": "invalid",
    "23a-badtoken": "token-expired",
    "23b-missing-token": "invalid",
    "23c-anon-with-bots-token": "token-expired",
    "24a-assert-user-failed": "session-lost",
    "24b-assert-bot-failed-anon": "session-lost",
    "24c-assert-bot-failed-staff": "session-lost",
    "24d-assertuser-mismatch": "session-lost",
    "25a-botpassword-without-editpage-grant": "not-allowed",
    "25b-botpassword-without-grant-existing-item": "not-allowed",
    "26a-unknown-property": "invalid",
    "26b-wrong-value-type-for-property": "invalid",
    "26c-bad-url": "invalid",
    "26d-item-value-target-does-not-exist": "invalid",
    "26e-bad-time-precision": "invalid",
    "26f-time-precision-hour": "invalid",
    "26h-monolingual-unknown-language": "invalid",
    "26i-commonsmedia-missing-file": "invalid",
    "26j-string-untrimmed": "invalid",
    "26l-label-too-long": "invalid",
    "26n-label-unknown-language": "invalid",
    "26o-invalid-datatype": "invalid",
    "26p-property-without-datatype": "invalid",
    "26q-data-not-json": "invalid",
    "26r-edit-nonexistent-entity": "gone",
    "26v-wbeditentity-by-GET": "misdirected",
    "26w-unknown-action": "invalid",
    "26x-claim-guid-of-other-item": "invalid",
    "27a-blocked-user": "blocked",
    "27b-blocked-user-existing": "blocked",
    "27c-protected-item": "protected",
    "28b-edit-deleted": "gone",
    "28g-wbmergeitems-descr-conflict": "invalid",
    "28k-edit-redirected-item": "gone",
    "29a-readonly-write": "read-only",
    "30a-ratelimit-edit-0": "throttled",
    "30a-ratelimit-edit-1": "throttled",
    "30a-ratelimit-edit-2": "throttled",
    "30a-ratelimit-edit-3": "throttled",
    "30a-ratelimit-edit-4": "throttled",
    "30b-ratelimit-edit-existing-0": "throttled",
    "30b-ratelimit-edit-existing-1": "throttled",
    "50a-new-item-with-own-id": "invalid",
    "50b-unknown-change-tag": "invalid",
    "52b-action-edit-undo": "confirmed",
    "52d-undo-conflict": "invalid",
    "52e-undo-creation": "invalid",
    "52f-delete-as-bot": "not-allowed",
}
# Answers in a form that we never ask for (errorformat): looked up rather than understood.
UNASKED = {"20d-maxlag-errorformat": "unknown"}
RECORDED_REST = {
    "40b-rest-get-missing": "gone",
    "40d-rest-put-label-stale-if-match": "edit-conflict",
    "40e-rest-put-label-if-match": "confirmed",
    "40g-rest-post-item-dup": "invalid",
    "40h-rest-post-invalid": "invalid",
    "41b-rest-put-statement-stale-etag": "edit-conflict",
    "41e-rest-patch-item": "edit-conflict",
    "41f-rest-readonly": "unknown",
    "41g-rest-ratelimited": "throttled",
    "41h-rest-idgenerator-limited": "throttled",
}


@pytest.fixture(scope="module")
def exchanges(shared: Path) -> dict[str, Answer]:
    lines = (shared / "wikibase" / "exchanges.jsonl").read_bytes().splitlines()
    return {raw["name"]: _answer(raw["response"]) for raw in map(msgspec.json.decode, lines)}


def _answer(response: str) -> Answer:
    head, _, body = response.partition("\n\n")
    first, *rest = head.split("\n")
    headers = {}
    for line in rest:
        name, _, text = line.partition(": ")
        headers[name.lower()] = text
    return Answer(int(first.split()[1]), headers, body.encode())


@pytest.mark.parametrize("name", sorted(RECORDED | UNASKED))
def test_a_recorded_answer_of_the_action_api(name: str, exchanges: dict[str, Answer]) -> None:
    assert outcome_code(classify_action(exchanges[name])) == (RECORDED | UNASKED)[name]


def test_every_recorded_refusal_of_an_edit_has_its_outcome(shared: Path) -> None:
    known = RECORDED.keys() | UNASKED.keys() | RECORDED_REST.keys()
    lacking = []
    lines = (shared / "wikibase" / "exchanges.jsonl").read_bytes().splitlines()
    for raw in map(msgspec.json.decode, lines):
        answer = _answer(raw["response"])
        refused = (
            answer.status >= 400 or b'"error":{' in answer.body or b'"errors":[' in answer.body
        )
        if refused and not raw["request"].startswith("GET ") and raw["name"] not in known:
            lacking.append(raw["name"])
    assert lacking == []


@pytest.mark.parametrize("name", sorted(RECORDED_REST))
def test_a_recorded_answer_of_the_rest_api(name: str, exchanges: dict[str, Answer]) -> None:
    assert outcome_code(classify_rest(exchanges[name], "Q1")) == RECORDED_REST[name]


def test_a_conflict_names_the_other_item(exchanges: dict[str, Answer]) -> None:
    pair = classify_action(exchanges["21a-duplicate-label-description"])
    link = classify_action(exchanges["22a-duplicate-sitelink"])
    assert isinstance(pair, Taken) and pair.by == "Q1"
    assert isinstance(link, Taken) and link.by == "Q4"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(0, problem="ReadTimeout"),
        Answer(200, body=b"<!DOCTYPE html>"),
        Answer(200, body=b"[]"),
        Answer(200, body=b'{"error": {"code": "internal_api_error_DBQueryError"}}'),
        Answer(200, body=b'{"success": 1}'),
        Answer(503),
        Answer(500),
    ],
)
def test_what_may_have_been_written_is_unknown_and_never_sent_again_unseen(answer: Answer) -> None:
    outcome: Outcome = classify_action(answer)
    assert outcome.written is None and outcome.next == "look"


def test_what_never_left_may_be_sent_again() -> None:
    outcome = classify_action(Answer(0, problem="ConnectionError", sent=False))
    assert outcome.written is False and outcome.next == "wait"


def test_a_limit_of_creations_is_waited_for() -> None:
    """Seen on the wiki, and not among the recordings of the Action API."""
    error = {"code": "no-automatic-entity-id", "info": "Cannot generate one automatically."}
    assert classify_action(Answer(200, body=msgspec.json.encode({"error": error}))) == Throttled()


def test_waiting_takes_the_time_that_the_wiki_names() -> None:
    assert classify_action(Answer(429, {"retry-after": "17"})) == Throttled(17.0)
