"""Drafts as people use them: command line, HTTP and scripts, on a wiki that really listens."""

from __future__ import annotations

import csv
import importlib.util
import io
import shlex
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.cli import root
from kgtool.coverage.selection import OfPartners
from kgtool.drafts import (
    Create,
    Row,
    load_mapping,
    parse_mapping,
    parse_permission,
    read_plan,
    read_table,
    write_plan,
)
from kgtool.entities import Item, Property, Term
from kgtool.errors import Forbidden, KgtoolError
from kgtool.service.callers import OPERATOR, Caller
from kgtool.service.jobs import Task
from kgtool.service.plan_jobs import Wanted
from kgtool.settings import Settings
from kgtool.store import Job
from kgtool.wiring import Kgtool
from tests.builders import item
from tests.writes.wikis import MAPPING_HEAD, WritableWiki

ROOT = Path(__file__).resolve().parent.parent.parent
MAPPING = f"""{MAPPING_HEAD}
[[statements]]
property = "P217"
type = "string"
column = "number"
key = true
[[statements.references]]
[[statements.references.snaks]]
property = "P854"
type = "url"
constant = "https://example.org/list"
"""
TABLE = "id,name,number\na,first,N 1\nb,second,N 2\nc,,\n"


@pytest.fixture
def settings(wiki: WritableWiki) -> Settings:
    """Settings of a workspace about the wiki."""
    return wiki.settings()


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``run("plan", …)``: the command line in that workspace."""
    for name in ("wikibase", "wiki_user", "wiki_password", "home", "contact"):
        monkeypatch.setenv(f"KGTOOL_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("KGTOOL_EDITS_PER_MINUTE", "1000000")

    def call(*words: str | Path) -> Result:
        return CliRunner().invoke(root, ["draft", *map(str, words)])

    return call


def test_the_whole_way_on_the_command_line(run: Any, wiki: WritableWiki, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    plan = tmp_path / "plan.json"
    planned = run("plan", tmp_path / "t.csv", "--mapping", tmp_path / "m.toml", "--out", plan,
                  "--against", "wiki", "--json")  # fmt: skip
    assert planned.exit_code == 1, planned.output  # a row was refused
    assert msgspec.json.decode(planned.stdout)["create"] == 2
    assert msgspec.json.decode(planned.stdout)["refused"] == 1
    decided = run("decide", plan, "b", "skip", "--against", "wiki")
    assert decided.exit_code == 0 and "skip" in decided.output
    assert "first" in run("export", plan).stdout
    assert run("export", plan, "--format", "quickstatements").stdout.startswith("CREATE\n")
    assert len(run("apply", plan, "--dry-run").stdout.splitlines()) == 1
    applied = run("apply", plan, "--json")
    said = msgspec.json.decode(applied.stdout)
    assert applied.exit_code == 0 and said["confirmed"] == 1
    assert msgspec.json.decode(run("resume", "--json").stdout)["confirmed"] == 1
    [line] = csv.DictReader(io.StringIO(run("status", "--report").stdout))
    assert wiki.item(line["item"]).labels["en"].value == "first"
    undone = run("undo", said["batch"], "--json")
    assert msgspec.json.decode(undone.stdout)["to_delete"] == [line["item"]]
    # It is there as before: nothing is blanked; people are told what they can do.
    assert wiki.item(line["item"]).labels["en"].value == "first"
    told = run("undo", said["batch"]).stdout
    assert (
        "Undone: 0. Left alone: 0." in told
        and "One item that was created stays on the wiki" in told
    )
    assert "an ordinary account cannot delete" in told and "Merge" in told
    assert line["item"] in told.partition("Deletion of")[2]
    assert "Ångrade: 0. Lämnade i fred: 0." in run("undo", said["batch"], "--language", "sv").stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["plan", "none.csv", "--mapping", "museum", "--out", "p.json"], "none.csv"),
        (["plan", "none.csv", "--mapping", "nothing", "--out", "p.json"], "Shipped"),
        (["apply", "none.json"], "none.json"),
        (["resume"], "no batch"),
        (["undo", "../../etc"], "no batch"),
    ],
)
def test_what_is_not_there_is_named(run: Any, words: list[str], told: str) -> None:
    failed = run(*words)
    assert isinstance(failed.exception, KgtoolError) and told in str(failed.exception)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """The service on that workspace."""
    with TestClient(create_app(settings)) as made:
        yield made


def _headers(client: TestClient, role: str) -> dict[str, str]:
    accounts = client.app.state.kgtool.accounts  # type: ignore[attr-defined]  # a FastAPI app
    secret, _ = accounts.add_token(role, role=role, scopes=[], days=1, by=OPERATOR)
    return {"Authorization": f"Bearer {secret}"}


def test_the_whole_way_over_http(client: TestClient, wiki: WritableWiki) -> None:
    rows = list(csv.DictReader(io.StringIO(TABLE)))
    body = {"rows": rows, "mapping_toml": MAPPING, "against": "wiki"}
    assert client.post("/api/v1/drafts", json=body).status_code == 401
    planner, writer = _headers(client, "coordinator"), _headers(client, "writer")
    made = client.post("/api/v1/drafts", json=body, headers=planner)
    assert made.status_code == 201, made.text
    id = made.json()["id"]
    assert made.json()["counts"]["create"] == 2
    page = client.get(f"/api/v1/drafts/{id}?outcome=create&limit=1", headers=planner).json()
    assert [row["key"] for row in page["rows"]] == ["a"] and page["next"]
    choice = {"row": "b", "choice": "skip", "against": "wiki"}
    assert client.post(f"/api/v1/drafts/{id}/decisions", json=choice, headers=planner).is_success
    assert client.post("/api/v1/batches", json={"plan": id}, headers=planner).status_code == 403
    begun = client.post("/api/v1/batches", json={"plan": id}, headers=writer)
    assert begun.status_code == 202, begun.text
    tool = client.app.state.kgtool  # type: ignore[attr-defined]  # a FastAPI app
    tool.worker().drain()
    standing = client.get(f"/api/v1/batches/{id}", headers=writer).json()
    assert (standing["confirmed"], standing["ended"]) == (1, "")
    report = client.get(f"/api/v1/batches/{id}", headers={**writer, "Accept": "text/csv"}).text
    [line] = csv.DictReader(io.StringIO(report))
    assert wiki.item(line["item"]).labels["en"].value == "first"
    # Who let it be written, under which account, is in the audit log.
    [event] = tool._audit.events(object=f"batch {id}")
    assert (event.by, event.action) == ("token writer", "batch-apply")
    assert event.detail["account"] == tool.settings.wiki_user.partition("@")[0]

    undone = client.post(f"/api/v1/batches/{id}/undo?reason=a+trial", headers=writer)
    assert undone.status_code == 202
    busy = client.post(f"/api/v1/batches/{id}/resume", headers=writer)
    assert busy.status_code == 409 and "Undoing a batch" in busy.json()["detail"]
    tool.worker().drain()
    standing = client.get(f"/api/v1/batches/{id}", headers=writer).json()
    assert standing["undone"]["request"], "created items can only be deleted on request"
    job = client.get(f"/api/v1/jobs/{standing['job']}", headers=writer).json()
    assert (job["state"], job["result"]["page"]) == ("done", f"/batches/{id}")


def test_a_running_batch_is_stopped_and_goes_on_over_http(wiki: WritableWiki) -> None:
    settings = wiki.settings(edits_per_minute=600)
    with TestClient(create_app(settings)) as client:
        tool: Kgtool = client.app.state.kgtool  # type: ignore[attr-defined]  # a FastAPI app
        writer = _headers(client, "writer")
        rows = [{"id": f"r{n}", "name": f"piece {n}", "number": f"N {n}"} for n in range(30)]
        body = {"rows": rows, "mapping_toml": MAPPING, "against": "wiki"}
        id = client.post("/api/v1/drafts", json=body, headers=writer).json()["id"]
        assert client.post("/api/v1/batches", json={"plan": id}, headers=writer).is_success

        def standing() -> Any:
            return client.get(f"/api/v1/batches/{id}", headers=writer).json()

        at_work = threading.Thread(target=tool.worker().drain)
        at_work.start()
        while standing()["confirmed"] < 2:
            assert at_work.is_alive()
        assert client.post(f"/api/v1/batches/{id}/stop", headers=writer).is_success
        at_work.join(60)
        stopped = standing()
        assert 2 <= stopped["confirmed"] < 30
        assert stopped["planned"] == 30 - stopped["confirmed"]
        assert client.post(f"/api/v1/batches/{id}/resume", headers=writer).is_success
        tool.worker().drain()
        assert standing()["confirmed"] == 30
        assert len(wiki.pages()) == 7 + 30


@pytest.mark.parametrize("mapping", ["../../etc/passwd.toml", "/etc/x.toml", "nothing"])
def test_a_mapping_over_http_is_never_a_file(mapping: str, client: TestClient) -> None:
    body = {"rows": [{"id": "1"}], "mapping": mapping}
    answer = client.post("/api/v1/drafts", json=body, headers=_headers(client, "coordinator"))
    assert answer.status_code == 404


def test_the_example_script_does_what_it_says(tool: Kgtool, wiki: WritableWiki) -> None:
    more = {"P17": "wikibase-item", "P131": "wikibase-item", "P856": "url", "P6782": "external-id",
            "P1436": "quantity"}  # fmt: skip
    wiki.server.wiki.load([Property(datatype=kind, id=id) for id, kind in more.items()])
    wiki.server.wiki.load([Item(id="Q33506", labels={"en": Term("en", "museum")})])
    spec = importlib.util.spec_from_file_location("example", ROOT / "examples/draft_museums.py")
    assert spec and spec.loader
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    made = example.main(tool)
    assert [key for key, _ in made] == ["1", "2", "3"]
    assert "P571" in wiki.item(made[1][1]).claims
    assert isinstance(tool.batches.open(next(tool.batches.ids())).plan.rows[0], Create)


@pytest.mark.long
def test_the_first_300_of_princeton_arrive_and_are_found_again(
    tool: Kgtool, wiki: WritableWiki, shared: Path
) -> None:
    """The coverage of the partner moves as the plan said: 300 items with what their rows have."""
    table = shared / "partners" / "ds_catalogue.csv.gz"
    more = {"P186": "wikibase-item", "P407": "wikibase-item", "P6108": "url", "P528": "string",
            "P972": "wikibase-item"}  # fmt: skip
    wiki.server.wiki.load([Property(datatype=kind, id=id) for id, kind in more.items()])
    known = {"Q87167", "Q21578", "Q11472", "Q124453846", *_languages()}
    wiki.server.wiki.load([Item(id=id) for id in known])
    plan = tool.drafts.plan(
        table,
        "ds-catalogue",
        where={"partner": "princeton"},
        parameters={"retrieved": "2026-11-24"},
        permission=parse_permission("J. Doe", "2026-11-20", "https://example.org/1"),
        against="wiki",
    )
    assert plan.counts()["rows"] == 8_671 and plan.counts()["refused"] == 0
    assert len(list(read_table(table))) == 30_445
    first = [row for row in plan.rows if isinstance(row, Create)][:300]
    part = msgspec.structs.replace(plan, rows=first)
    said = tool.batches.apply(tool.batches.start(part))
    assert said["confirmed"] == 300 and "stopped" not in said
    made = [wiki.server.wiki.store.page(id) for id in wiki.pages()]
    arrived = [
        entity
        for page in made
        if page and "P217" in (entity := wiki.server.wiki.store.latest(page).entity)["claims"]
    ]
    assert len(arrived) == 300
    for property in ("P31", "P186", "P195", "P407", "P571", "P6108"):
        predicted = sum(property in row.draft.wanted.claims for row in first)
        assert sum(property in entity["claims"] for entity in arrived) == predicted
        # And so says the coverage of the partner, who had nothing before.
        tool.sync.run(OfPartners(("Q21578",)))
        total = tool.coverage.totals(["Q21578"], [property])[0].groups[0]
        cell = total.measures[property]
        assert (total.items, cell.have + cell.unknown_value) == (300, predicted)


def _languages() -> set[str]:
    rules = load_mapping("ds-catalogue").statements
    return {id for rule in rules for id in rule.map.values()}


def test_a_kept_plan_is_the_same_plan(tool: Kgtool, wiki: WritableWiki, tmp_path: Path) -> None:
    drafts = tool.drafts
    plan = wiki.plan_of([])
    drafts.keep(plan)
    write_plan(plan, tmp_path / "p.json")
    assert drafts.kept(plan.id) == plan == read_plan(tmp_path / "p.json")
    assert drafts.kept_ids() == [plan.id]


def test_what_the_wiki_refuses_is_told_by_the_exit_code(
    run: Any, wiki: WritableWiki, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("id,name,number\na,first,N 1\n", encoding="utf-8")
    rules = MAPPING + '[[descriptions]]\ncolumn = "number"\n'
    (tmp_path / "m.toml").write_text(rules, encoding="utf-8")
    plan = tmp_path / "plan.json"
    table = ["--mapping", tmp_path / "m.toml", "--out", plan, "--against", "wiki"]
    assert run("plan", tmp_path / "t.csv", *table).exit_code == 0
    taken = item("Q900000001", labels={"en": "first"}, descriptions={"en": "N 1"})
    wiki.server.wiki.load([taken])
    failed = run("apply", plan)
    assert failed.exit_code == 1 and "refused" in failed.output
    assert "Q900000001" in run("status", "--report").stdout


def _large(count: int) -> list[dict[str, str]]:
    return [{"id": f"r{n}", "name": f"piece {n}", "number": f"N {n}"} for n in range(count)]


def test_a_large_table_is_planned_in_the_background(client: TestClient) -> None:
    planner = _headers(client, "coordinator")
    body = {"rows": _large(250), "mapping_toml": MAPPING}
    answer = client.post("/api/v1/drafts", json=body, headers=planner)
    assert answer.status_code == 202, answer.text
    begun = answer.json()
    assert answer.headers["location"] == f"/api/v1/jobs/{begun['job']}"
    assert client.get(f"/api/v1/drafts/{begun['id']}", headers=planner).status_code == 404
    tool = client.app.state.kgtool  # type: ignore[attr-defined]  # a FastAPI app
    tool.worker().drain()
    job = client.get(answer.headers["location"], headers=planner).json()
    assert (job["state"], job["result"]["plan"]) == ("done", begun["id"])
    assert job["progress"] == {"what": "rows", "done": 250, "total": 250}
    page = client.get(f"/api/v1/drafts/{begun['id']}", headers=planner).json()
    assert page["counts"]["create"] == 250
    assert list((tool.settings.home / "plans" / "wanted").iterdir()) == []


def test_a_worker_that_is_killed_while_planning_leaves_it_to_the_next(tool: Kgtool) -> None:
    rules = parse_mapping(MAPPING)
    rows = [Row(n, dict(cells)) for n, cells in enumerate(_large(250), 1)]
    job = tool.plan_jobs.plan(Wanted(mapping=rules, rows=rows), OPERATOR)
    assert isinstance(job, Job)
    id = job.arguments["plan"]

    class Killed(BaseException):
        pass

    class Dying(Task):
        def tell(self, what: str, done: int, total: int) -> None:
            if done == 100:
                raise Killed

    [work] = tool.plan_jobs.works()
    with pytest.raises(Killed):
        work.do(Dying(job))
    assert id not in tool.drafts.kept_ids()
    assert work.do(Task(job)) == {"plan": id, "page": f"/drafts/{id}"}
    assert tool.drafts.kept(id).counts()["create"] == 250
    assert work.do(Task(job)) == {"plan": id, "page": f"/drafts/{id}"}  # killed before it was noted
    tool.close()


def test_quickstatements_are_planned_over_http(client: TestClient) -> None:
    planner = _headers(client, "coordinator")
    batch = 'CREATE\nLAST\tLen\t"a thing"\nLAST\tP217\t"N 9"\n'
    body = {"quickstatements": batch, "mapping_toml": MAPPING}
    made = client.post("/api/v1/drafts", json=body, headers=planner)
    assert made.status_code == 201 and made.json()["counts"]["create"] == 1
    both = {**body, "rows": _large(1)}
    assert client.post("/api/v1/drafts", json=both, headers=planner).status_code == 400


def test_the_commands_of_the_documentation_do_what_it_says(
    run: Any, wiki: WritableWiki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first block of docs/drafts.md, word by word, with the mapping that stands below it."""
    text = (ROOT / "docs" / "drafts.md").read_text(encoding="utf-8")
    commands, mapping = text.split("```console\n")[1], text.split("```toml\n")[1]
    monkeypatch.chdir(tmp_path)
    Path("museums.toml").write_text(mapping.split("```")[0], encoding="utf-8")
    rows = [f"{n},Museum {n},{1800 + n},SE-{n},Sverige" for n in range(1, 11)]
    table = "\n".join(["number,name,founded,isil,country", *rows])
    Path("museums.csv").write_text(table, encoding="utf-8")
    wiki.server.wiki.load([Property("wikibase-item", id="P17"), Item(id="Q34")])
    for line in commands.split("```")[0].splitlines():
        dollar, tool, group, *words = shlex.split(line, comments=True)
        assert (dollar, tool, group) == ("$", "kgtool", "draft")
        done = run(*words)
        assert done.exit_code == 0, done.output
    states = list(csv.DictReader(io.StringIO(run("status", "--report").stdout)))
    assert [one["state"] for one in states] == ["confirmed"] * 9
    assert "3" not in {one["key"] for one in states}


def test_a_partners_objection_holds_on_the_command_line_too(
    run: Any, wiki: WritableWiki, tool: Kgtool, tmp_path: Path
) -> None:
    museum = "Q3"
    (tmp_path / "t.csv").write_text("id,name,number\na,first,N 1\n", encoding="utf-8")
    held = f'[[statements]]\nproperty = "P195"\ntype = "wikibase-item"\nconstant = "{museum}"\n'
    held += "references = []\n"
    (tmp_path / "m.toml").write_text(MAPPING + held, encoding="utf-8")
    path = tmp_path / "plan.json"
    planned = run("plan", tmp_path / "t.csv", "--mapping", tmp_path / "m.toml", "--out", path,
                  "--against", "wiki")  # fmt: skip
    assert planned.exit_code == 0, planned.output
    plan = read_plan(path)
    tool.drafts.keep(plan)  # where the partner finds it
    curator = Caller("Cy", "partner", partner=museum)
    note = tool.plan_notes.add(plan.id, "objection", "These are on loan.", curator)
    before = len(wiki.pages())
    for words in (("apply", path), ("apply", path, "--trial", "1"), ("resume",)):
        refused = run(*words)
        assert isinstance(refused.exception, Forbidden), words
        assert "A partner objects" in str(refused.exception)
    assert len(wiki.pages()) == before, "nothing was sent"
    tool.plan_notes.settle(plan.id, note.id, "Loans are left out.", Caller("Ann", "coordinator"))
    assert run("resume", "--json").exit_code == 0
    assert len(wiki.pages()) == before + 1
    tool.close()
