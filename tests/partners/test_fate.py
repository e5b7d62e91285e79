"""Fates of statements: what counts as kept, changed, removed, enriched, added; and by whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.entities import Item, Statement, load_profile
from kgtool.entities.web import site_of
from kgtool.partners.concern import Concern, concern_of
from kgtool.partners.fate import Fate, Written, counts, fates
from kgtool.partners.link_fate import link_fates
from kgtool.partners.slot_walk import compared
from kgtool.partners.slots import Version, slots, written_slots
from tests.builders import item, snak, statement

HELD = Concern(frozenset({"Q190804"}), frozenset({"P195"}), frozenset(), ("museum.example",))
CITED = [[snak("P854", "https://www.museum.example/works/1"), snak("P813", "then")]]


def versions(*items: Item | None, users: str = "abcdefgh") -> list[Version]:
    return [
        Version(100 + n, 99 + n if n else 0, f"2026-11-{n + 1:02d}T10:00:00Z", users[n], one)
        for n, one in enumerate(items)
    ]


def work(*more: Statement, id: str = "Q1") -> Item:
    return item(id, statement("P195", "Q190804", id=f"{id}$holder"), *more)


def only(found: list[Fate], part: str) -> Fate:
    (one,) = (fate for fate in found if fate.part == part)
    return one


def test_nothing_happened() -> None:
    found = fates("Q1", versions(work()), HELD)
    assert [(one.part, one.ground, one.state, one.events) for one in found] == [
        ("P195", "holds", "kept", [])
    ]


def test_a_value_that_was_changed_says_by_whom_and_in_which_revision() -> None:
    before = statement("P571", "1642", id="Q1$year", references=CITED)
    after = statement("P571", "1643", id="Q1$year", references=CITED)
    one = only(fates("Q1", versions(work(before), work(after)), HELD), "P571")
    assert (one.state, one.ground, one.before, one.now) == ("changed", "cites", "1642", "1643")
    (event,) = one.events
    assert (event.what, event.by, event.revision, event.parent) == ("changed", "b", 101, 100)


def test_removed_and_brought_back_is_kept_with_both_events() -> None:
    whole = work(statement("P571", "1642", id="Q1$year", references=CITED))
    one = only(fates("Q1", versions(whole, work(), whole), HELD), "P571")
    assert one.state == "kept"
    assert [(event.what, event.by) for event in one.events] == [("removed", "b"), ("restored", "c")]


def test_removed_for_good() -> None:
    one = only(fates("Q1", versions(work(), item("Q1")), HELD), "P195")
    assert (one.state, one.now, one.events[-1].by) == ("removed", "", "b")


def test_what_came_since_and_cites_the_partner_was_added() -> None:
    new = statement("P571", "1642", id="Q1$year", references=CITED)
    one = only(fates("Q1", versions(work(), work(new)), HELD), "P571")
    assert (one.state, [event.what for event in one.events]) == ("added", ["added"])
    gone = only(fates("Q1", versions(work(), work(new), work()), HELD), "P571")
    assert gone.state == "removed"


def test_a_statement_that_cites_the_partner_only_now_was_enriched() -> None:
    bare = statement("P571", "1642", id="Q1$year")
    cited = statement("P571", "1642", id="Q1$year", references=CITED)
    one = only(fates("Q1", versions(work(bare), work(cited)), HELD), "P571")
    assert (one.state, one.events[0].what, one.events[0].by) == ("enriched", "enriched", "b")


def test_an_item_that_was_made_since_has_only_what_was_added() -> None:
    one = only(fates("Q1", versions(work()), HELD, base=False), "P195")
    assert (one.state, one.events[0].by) == ("added", "a")


def test_what_a_batch_wrote_is_followed_from_its_own_edit() -> None:
    ours = work(statement("P217", "A-1", id="Q1$number"))
    theirs = work(statement("P217", "A-2", id="Q1$number"))
    line = versions(work(), ours, theirs)
    wrote = Written(101, "batch", "row 1", written_slots(line[0].item, line[1].item))
    one = only(fates("Q1", line, HELD, [wrote]), "P217")
    assert (one.ground, one.batch, one.key) == ("written", "batch", "row 1")
    assert (one.state, one.before, one.now, one.events[0].by) == ("changed", "A-1", "A-2", "c")


def test_terms_that_a_batch_wrote_have_fates_too() -> None:
    line = versions(item("Q1"), item("Q1", labels={"sv": "Nattvakten"}), item("Q1"))
    wrote = Written(101, "batch", "1", written_slots(line[0].item, line[1].item))
    one = only(fates("Q1", line, HELD, [wrote]), "Lsv")
    assert (one.state, one.before, one.slot) == ("removed", "Nattvakten", "Lsv")


def test_an_older_edit_of_ours_is_followed_from_the_beginning_of_the_time() -> None:
    ours = statement("P217", "A-1", id="Q1$number")
    wrote = Written(7, "batch", "1", frozenset({"Q1$number", "Q1$gone-long-ago"}))
    found = fates("Q1", versions(work(ours), work()), HELD, [wrote])
    assert [(o.part, o.ground, o.state) for o in found] == [
        ("P195", "holds", "kept"),
        ("P217", "written", "removed"),
    ]


def test_a_statement_that_came_back_under_another_guid_is_the_same() -> None:
    old = statement("P571", "1642", id="Q1$old", references=CITED)
    new = statement("P571", "1642", id="Q1$new", references=CITED)
    found = fates("Q1", versions(work(old), work(new)), HELD)
    assert [one.state for one in found if one.slot == "Q1$old"] == ["kept"]


def test_one_that_went_and_one_that_came_in_one_edit_is_a_change() -> None:
    old = statement("P571", "1642", id="Q1$old", references=CITED)
    new = statement("P571", "1650", id="Q1$new")
    one = only(fates("Q1", versions(work(old), work(new)), HELD), "P571")
    assert (one.state, one.now) == ("changed", "1650")


def test_merged_into_another_item() -> None:
    line = [*versions(work()), Version(200, 100, "2026-11-09T00:00:00Z", "m", None, "", "Q2")]
    kept = only(fates("Q1", line, HELD, heir=work(id="Q2")), "P195")
    assert (kept.state, kept.heir) == ("kept", "Q2")
    lost = only(fates("Q1", line, HELD, heir=item("Q2")), "P195")
    assert (lost.state, lost.events[-1].by, lost.heir) == ("removed", "m", "")


def test_a_merge_that_emptied_the_item_first_is_no_removal() -> None:
    emptied = item("Q1")
    line = versions(work(), emptied)
    line.append(Version(102, 101, "2026-11-09T00:00:00Z", "b", None, "", "Q2"))
    kept = only(fates("Q1", line, HELD, heir=work(id="Q2")), "P195")
    assert (kept.state, kept.heir, kept.events) == ("kept", "Q2", [])
    lost = only(fates("Q1", line, HELD, heir=item("Q2")), "P195")
    assert (lost.state, [event.what for event in lost.events]) == ("removed", ["removed"])


def test_deleted() -> None:
    line = [*versions(work()), Version(0, 100, "2026-11-09T00:00:00Z", "admin", None)]
    one = only(fates("Q1", line, HELD), "P195")
    assert (one.state, one.events[-1].by) == ("removed", "admin")


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (statement("P571", "1642", qualifiers=[snak("P1319", "1640")]), "enriched"),
        (statement("P571", "1642", references=[[snak("P248", "Q5")]]), "enriched"),
        (statement("P571", "1642", rank="preferred"), "enriched"),
        (statement("P571", "1642", rank="deprecated"), "changed"),
        (statement("P571", "1643"), "changed"),
        (statement("P571", kind="somevalue"), "changed"),
        (statement("P571", "1642"), "kept"),
        (None, "removed"),
    ],
)
def test_states(after: Statement | None, state: str) -> None:
    assert compared(statement("P571", "1642"), after) == state


def test_a_lost_reference_or_qualifier_is_a_change_a_longer_reference_is_not() -> None:
    cited = statement("P571", "1642", references=[[snak("P248", "Q5")]])
    assert compared(cited, statement("P571", "1642")) == "changed"
    longer = statement("P571", "1642", references=[[snak("P248", "Q5"), snak("P304", "7")]])
    assert compared(cited, longer) == "enriched"
    qualified = statement("P571", "1642", qualifiers=[snak("P1319", "1640")])
    assert compared(qualified, statement("P571", "1642")) == "changed"


def test_sitelinks() -> None:
    one = item("Q1", sitelinks={"svwiki": "A", "dewiki": "B"})
    two = item("Q1", sitelinks={"svwiki": "A", "dewiki": "C", "jawiki": "D"})
    found = link_fates("Q1", versions(one, two))
    assert [(o.site, o.title, o.what, o.by) for o in found] == [
        ("dewiki", "B", "lost", "b"),
        ("dewiki", "C", "gained", "b"),
        ("jawiki", "D", "gained", "b"),
    ]
    assert link_fates("Q1", versions(one, two, one)) == []


def test_a_concern_is_read_from_the_partners_item() -> None:
    profile = load_profile("wikidata")
    museum = item(
        "Q190804",
        P856="https://www.rijksmuseum.nl/en",
        P1687="P350",
    )
    concern = concern_of([museum], ["Q999"], profile)
    assert concern.partners == {"Q190804", "Q999"}
    assert concern.sites == ("rijksmuseum.nl",)
    assert concern.own == {"P350"}
    assert concern.ground(statement("P195", "Q999")) == "holds"
    assert concern.ground(statement("P217", "A", qualifiers=[snak("P195", "Q190804")])) == "holds"
    assert concern.ground(statement("P350", "1")) == "identifies"
    for snaks in (
        [snak("P248", "Q190804")],
        [snak("P854", "http://rijksmuseum.nl/x")],
        [snak("P854", "https://data.rijksmuseum.nl/x")],
        [snak("P350", "1")],
    ):
        assert concern.ground(statement("P571", "1642", references=[snaks])) == "cites"
    for snaks in ([snak("P854", "https://notrijksmuseum.nl/x")], [snak("P248", "Q5")]):
        assert concern.ground(statement("P571", "1642", references=[snaks])) is None
    assert concern.ground(statement("P170", "Q190804")) is None


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://www.museum.org", "museum.org"),
        ("http://museum.org/sv/", "museum.org"),
        ("https://www.facebook.com/smallmuseum/", "facebook.com/smallmuseum"),
        ("https://city.org/kultur/museum", "city.org/kultur/museum"),
        ("nonsense", ""),
        ("http://[broken", ""),
    ],
)
def test_the_beginning_of_a_website(address: str, site: str) -> None:
    assert site_of(address) == site


_values = st.sampled_from(["1", "2", "3"])
_state = st.dictionaries(st.sampled_from(["P1", "P2", "P3"]), _values).map(
    lambda values: item("Q1", *(statement(one, text) for one, text in values.items()))
)


@given(st.lists(_state, min_size=1, max_size=6))
def test_every_slot_of_the_first_and_the_last_state_has_one_fate(states: list[Item]) -> None:
    everything = Concern(everything=True)
    found = fates("Q1", versions(*states), everything)
    by_slot = {one.slot: one for one in found}
    assert len(by_slot) == len(found)
    first, last = slots(states[0]), slots(states[-1])
    assert first.keys() <= by_slot.keys() and last.keys() <= by_slot.keys()
    assert sum(counts(found).values()) == len(found)
    for slot, one in by_slot.items():
        if slot in first and first.get(slot) == last.get(slot):
            assert one.state == "kept"
        elif slot in first:
            assert one.state in ("changed", "removed")
        elif slot not in last:
            assert one.state in ("removed", "changed")
        # The events lead from what was to what is.
        if one.events:
            assert one.events[-1].after == one.now
