"""What the published data beside the checkout says of ids: for tests that ids are right."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from pathlib import Path


class Published:
    """Labels by item id in any language, datatypes and English labels by property id, years."""

    def __init__(self, folder: Path) -> None:
        self.labels: dict[str, set[str]] = defaultdict(set)
        self.begins: dict[str, int] = {}
        self.ends: dict[str, int] = {}
        self.materials: dict[str, set[str]] = {}
        self._knowledge_bases(folder / "kb")
        with gzip.open(folder / "entities" / "wikidata_entities.jsonl.gz") as lines:
            for line in lines:
                entity = json.loads(line)
                for label in entity.get("labels", {}).values():
                    self.labels[entity["id"]].add(label["value"])
        works = folder / "artworks"
        painted: dict[str, str] = {}
        for row in _rows(works / "paintings_2025.csv.gz"):
            self.labels[row["qid"]].add(row["title"])
            painted[row["qid"]] = row["material"].lower()
        self._materials(works / "paintings_of_eight_painters_2022.csv.gz", painted)
        self.datatypes: dict[str, str] = {}
        self.property_labels: dict[str, str] = {}
        for row in _rows(folder / "entities" / "wikidata_properties.csv.gz"):
            self.datatypes[row["id"]] = row["datatype"]
            self.property_labels[row["id"]] = row["label_en"]

    def knows(self, item: str, label: str) -> bool:
        """Whether the data has the item under that label, in any language and case."""
        if label.casefold() in {known.casefold() for known in self.labels.get(item, ())}:
            return True
        return label.casefold() in self.materials.get(item, ())

    def _knowledge_bases(self, folder: Path) -> None:
        for path in sorted(folder.glob("*.jsonl.gz")):
            with gzip.open(path) as lines:
                for line in lines:
                    record = json.loads(line)
                    self.labels[record["id"]].update(record["labels"].values())
                    for key, years in (("begin", self.begins), ("end", self.ends)):
                        if record.get(key):
                            years[record["id"]] = int(record[key])

    def _materials(self, path: Path, painted: dict[str, str]) -> None:
        """A material has an id in one list and a name in the other; most works must agree."""
        named: dict[str, list[set[str]]] = defaultdict(list)
        for row in _rows(path):
            self.labels[row["qid"]].update({row["label_en"], row["label_fr"]} - {""})
            names = painted.get(row["qid"])
            for material in row["material_qids"].replace("|", " ").split() if names else ():
                named[material].append(set(str(names).split(", ")))
        for material, sets in named.items():
            every = set().union(*sets)
            self.materials[material] = {
                name for name in every if sum(name in one for one in sets) > 0.9 * len(sets)
            }


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))
