"""How people write names, each way over hundreds of names that nobody chose one by one."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from kgtool.bench.people import people
from kgtool.reconcile.matcher import Reconciler
from kgtool.reconcile.query import Query
from kgtool.views.names.record import NameRecord

from .world import candidates, reconciler

FORMS = ("GmbH", "e.V.", "Inc.", "Ltd", "AB", "S.A.", "Stiftung", "B.V.")
KINDS = ("Museum", "Library", "Archive", "University", "Institute", "Gallery")
PARTICLES = ("van", "van der", "de", "von", "di", "de la", "ter", "af")
LATIN = "abcdefghijklmnopqrstuvwxyz"
CYRILLIC = "а б к д е ф г х и й к л м н о п к р с т у в в кс ы з"
GREEK = "α β κ δ ε φ γ χ ι γι κ λ μ ν ο π κ ρ σ τ ου β ου ξ υ ζ"
ACCENTS = {"a": "\u0300", "e": "\u0301", "i": "\u0308", "o": "\u0302", "u": "\u0308", "n": "\u0303"}


class Person:
    """A made-up person as a name can be written."""

    def __init__(self, number: int, record: NameRecord) -> None:
        self.forename, self.surname = record.labels["en"].split(" ")
        self.begin, self.end = record.begin[0], record.end[0]
        self.particle = PARTICLES[number % len(PARTICLES)] if number % 3 == 0 else ""
        self.middle = ["Maria", "Johanna", "Petra", "Anton", "Frederik", "Lodewijk"][number % 6]
        self.full = " ".join(
            part for part in (self.forename, self.middle, self.particle, self.surname) if part
        )
        self.plain = f"{self.forename} {self.surname}"


def persons(count: int) -> Iterator[tuple[str, Person, NameRecord]]:
    for number, record in enumerate(islice(people(count), count)):
        person = Person(number, record)
        yield (
            record.id,
            person,
            NameRecord(
                record.id, {"en": person.full}, types=["Q5"], begin=record.begin, end=record.end
            ),
        )


@pytest.fixture(scope="module")
def crowd() -> list[tuple[str, Person, NameRecord]]:
    return list(persons(400))


@pytest.fixture(scope="module")
def matcher(
    crowd: list[tuple[str, Person, NameRecord]], tmp_path_factory: pytest.TempPathFactory
) -> Reconciler:
    bodies = [
        NameRecord(
            f"Q{9000 + n}", {"en": f"{person.surname} {KINDS[n % len(KINDS)]}"}, types=["Q43229"]
        )
        for n, (_, person, _) in enumerate(crowd[:200])
    ]
    records = [record for _, _, record in crowd]
    return reconciler(tmp_path_factory.mktemp("crowd"), [*records, *bodies])


def spelled(text: str, letters: str) -> str:
    spelt = dict(zip(LATIN, letters.split(), strict=True))
    return "".join(spelt.get(one, one) for one in text.lower())


def accented(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(one + ACCENTS.get(one, "") for one in text))


def mistyped(text: str, seed: int) -> str:
    if len(text) < 4:
        return text
    chance = random.Random(seed)
    place = chance.randrange(1, len(text) - 1)
    match seed % 4:
        case 0:
            return text[:place] + text[place + 1 :]
        case 1:
            return text[:place] + chance.choice("aeinrst") + text[place:]
        case 2:
            return text[:place] + chance.choice("aeinrst") + text[place + 1 :]
        case _:
            return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


WRITTEN: dict[str, tuple[float, Callable[[Person, int], str]]] = {
    "as it is": (1.0, lambda p, n: p.full),
    "inverted": (1.0, lambda p, n: f"{p.surname}, {p.forename} {p.middle} {p.particle}"),
    "inverted, particle first": (
        1.0, lambda p, n: f"{p.particle} {p.surname}, {p.forename} {p.middle}".strip()
    ),
    "middle name left out": (0.99, lambda p, n: f"{p.forename} {p.particle} {p.surname}"),
    "particle left out": (0.99, lambda p, n: f"{p.forename} {p.middle} {p.surname}"),
    "initials": (0.97, lambda p, n: f"{p.forename[0]}. {p.middle[0]}. {p.particle} {p.surname}"),
    "initials behind": (0.97, lambda p, n: f"{p.surname}, {p.forename[0]}.{p.middle[0]}."),
    "capitals": (1.0, lambda p, n: p.full.upper()),
    "accents": (0.99, lambda p, n: accented(p.full)),
    "typo in the surname": (0.96, lambda p, n: f"{p.forename} {p.middle} {mistyped(p.surname, n)}"),
    "typo in both": (0.9, lambda p, n: f"{mistyped(p.surname, n)}, {mistyped(p.forename, n + 1)}"),
    "years behind": (1.0, lambda p, n: f"{p.surname}, {p.forename}, {p.begin}-{p.end}"),
    "years in brackets": (1.0, lambda p, n: f"{p.plain} ({p.begin}–{p.end})"),
    "year of death": (1.0, lambda p, n: f"{p.plain}, d. {p.end}"),
    "century": (
        0.99, lambda p, n: f"{p.surname}, {p.forename}, active {p.begin // 100 + 1}th century"
    ),
    "attributed": (0.99, lambda p, n: f"attributed to {p.full}"),
    "workshop": (0.99, lambda p, n: f"workshop of {p.full}"),
    "a note": (0.97, lambda p, n: f"{p.surname}, {p.forename} (copy after)"),
    "Cyrillic": (0.9, lambda p, n: spelled(p.full, CYRILLIC)),
    "Greek": (0.85, lambda p, n: spelled(p.full, GREEK)),
}  # fmt: skip


@pytest.mark.parametrize("way", WRITTEN)
def test_a_name_is_found_however_it_is_written(
    matcher: Reconciler, crowd: list[tuple[str, Person, NameRecord]], way: str
) -> None:
    least, write = WRITTEN[way]
    asked = [Query(name=write(person, n), types=("Q5",)) for n, (_, person, _) in enumerate(crowd)]
    answers = [candidates(answer) for answer in matcher.match(asked)]
    wrong = [
        query.name
        for query, found, (id, _, _) in zip(asked, answers, crowd, strict=True)
        if not found or found[0].id != id
    ]
    assert 1 - len(wrong) / len(asked) >= least, wrong[:10]


@pytest.mark.parametrize("form", FORMS)
def test_legal_forms_do_not_hide_a_body(
    matcher: Reconciler, crowd: list[tuple[str, Person, NameRecord]], form: str
) -> None:
    asked = [
        Query(name=f"{person.surname} {KINDS[n % len(KINDS)]} {form}", types=("Q43229",))
        for n, (_, person, _) in enumerate(crowd[:200])
    ]
    answers = [candidates(answer) for answer in matcher.match(asked)]
    right = [bool(found) and found[0].id == f"Q{9000 + n}" for n, found in enumerate(answers)]
    assert sum(right) >= 0.98 * len(right)


def test_bodies_are_found_by_their_letters(tmp_path: Path) -> None:
    words = ["Royal", "National", "Central", "Imperial", "Regional", "Municipal", "Maritime", "Old"]
    records, acronyms = [], []
    for n in range(60):
        chosen = [
            words[n % 8],
            words[(n // 8 + 3) % 8],
            KINDS[n % 6],
            "of",
            f"X{'abcdefghij'[n % 10]}ne",
        ]
        records.append(NameRecord(f"Q{n + 1}", {"en": " ".join(chosen)}, types=["Q43229"]))
        acronyms.append("".join(word[0] for word in chosen if word != "of"))
    matcher = reconciler(tmp_path, records)
    for n, acronym in enumerate(acronyms):
        found = candidates(matcher.match([Query(name=acronym, types=("Q43229",), limit=20)])[0])
        same = {f"Q{m + 1}" for m, other in enumerate(acronyms) if other == acronym}
        assert f"Q{n + 1}" in same & {one.id for one in found}
