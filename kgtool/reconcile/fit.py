"""Fit the weights on gold sets: ``python -m kgtool.reconcile.fit --gold DIR --kb DIR``.

The model is a conditional logit with “none of these” as one more answer (0 points): for each
query, the chance of a candidate grows with ``exp(points)``. Every set counts the same. Weights are
found by L-BFGS with a small quadratic penalty, so the same data give the same file. ``--folds 5``
prints the accuracy on entities that were left out, which is what to expect on new data.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kgtool.entities import load_profile
from kgtool.reconcile.gold import WAYS, Gold, read_gold, read_kb
from kgtool.reconcile.matcher import BATCH, Reconciler
from kgtool.reconcile.weights import load_weights
from kgtool.views.names.arrays import Array
from kgtool.views.names.index import Origin, build_index, open_index
from kgtool.views.names.keys import key

WRONG = {True: 0.012, False: 0.05}  # share of wrong matches borne: with years, without
PENALTY = 0.0003
FITTED_WAYS = {"name": 0.5, "name+type+years": 1.0, "+ids": 0.15}  # how much each way counts


# What the gold sets hardly show keeps these: weights are drawn towards them, others towards 0.
EXPECTED = {"id_agrees": 5.0, "id_contradicts": -1.5, "fact_agrees": 1.2, "fact_contradicts": -1.5}


# Evidence for something never counts against it, nor the other way round; and what depends on how
# the sets were made (who gave types, who gave aliases) counts only so far.
_FOR = """asked found both asked_same found_same exact letters sounds head shared acronym known
    type_agrees begin_same end_same years_same active_inside id_agrees fact_agrees"""
_AGAINST = """asked_rest found_rest type_contradicts type_unknown years_unknown begin_apart
    end_apart active_outside id_contradicts fact_contradicts"""
LIMITS: dict[str, tuple[float | None, float | None]] = {
    **dict.fromkeys(_FOR.split(), (0.0, None)),
    **dict.fromkeys(_AGAINST.split(), (None, 0.0)),
    "alias": (-1.5, 0.0),
    "aside": (None, -4.0),  # what stands beside a name is seldom what is meant
    "type_steps": (-4.0, 0.0),
}


class Sample(NamedTuple):
    """Pairs of many queries: features, number of the query, whether the entity is the answer."""

    features: Array
    query: Array
    right: Array
    entity: Array  # pairs of one entity have one number
    weight: Array  # by query
    fold: Array  # by query
    sets: Array  # by query
    ways: Array
    in_kb: Array
    dated: Array  # whether years are given
    sure: Array  # by pair: whether it may be a match


def collect(
    reconciler: Reconciler, sets: dict[str, list[Gold]], names: Sequence[str], every: int = 1
) -> Sample:
    """Features of every pair that retrieval brings for the gold queries."""
    parts: dict[str, list[Array]] = {
        k: [] for k in ("features", "query", "right", "entity", "sure")
    }
    weight: list[float] = []
    fold: list[int] = []
    number: list[int] = []
    ways: list[int] = []
    in_kb: list[bool] = []
    dated: list[bool] = []
    segment = reconciler.index.segments[0]
    for s, rows in enumerate(sets.values()):
        rows = rows[::every]
        for w, way in enumerate(WAYS):
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                (pairs,) = reconciler.pairs([gold.query(way, reconciler.profile) for gold in batch])
                counts = np.diff(pairs.starts)
                answers = np.array(
                    [segment.find(gold.answer) if gold.in_kb else -1 for gold in batch]
                )
                parts["features"].append(
                    np.stack([pairs.features[name] for name in names], axis=1).astype(np.float32)
                )
                parts["query"].append(np.repeat(np.arange(len(batch)) + len(weight), counts))
                parts["right"].append(pairs.entity == np.repeat(answers, counts))
                parts["entity"].append(pairs.entity)
                weight += [FITTED_WAYS[way] / len(rows)] * len(batch)
                fold += [key(gold.answer) % 5 for gold in batch]
                number += [s] * len(batch)
                ways += [w] * len(batch)
                in_kb += [gold.in_kb for gold in batch]
                dated += [bool(gold.begin or gold.end) for gold in batch]
                parts["sure"].append(pairs.undoubted)
    weights = np.array(weight)
    return Sample(
        np.concatenate(parts["features"]),
        np.concatenate(parts["query"]),
        np.concatenate(parts["right"]),
        np.concatenate(parts["entity"]),
        weights / weights.sum(),
        np.array(fold),
        np.array(number),
        np.array(ways),
        np.array(in_kb),
        np.array(dated),
        np.concatenate(parts["sure"]),
    )


def fit(sample: Sample, use: Array, names: Sequence[str]) -> Array:
    """Weights and, last, the bias; *use* says which queries to learn from."""
    from scipy.optimize import minimize

    count = len(sample.weight)
    starts = np.searchsorted(sample.query, np.arange(count + 1))
    some = np.diff(starts) > 0
    features = np.hstack([sample.features, np.ones((len(sample.query), 1), np.float32)])
    found = np.zeros(count, bool)
    found[sample.query[sample.right]] = True
    weight = np.where(use & some, sample.weight, 0.0)
    weight /= weight.sum()
    filled = starts[:-1][some]

    def log_sum(points: Array) -> Array:
        top = np.zeros(count)
        top[some] = np.maximum(0, np.maximum.reduceat(points, filled))
        total = np.exp(-top)
        total[some] += np.add.reduceat(np.exp(points - top[sample.query]), filled)
        return top + np.log(total)

    def loss(values: Array) -> tuple[float, Array]:
        points = features @ values
        everything = log_sum(points)
        right = np.where(sample.right, points, -1e9)
        top = np.zeros(count)
        top[some] = np.maximum.reduceat(right, filled)
        best = np.zeros(count)
        best[found] = top[found]
        mass = np.zeros(count)
        mass[some] = np.add.reduceat(
            np.exp(np.minimum(right - top[sample.query], 0)) * sample.right, filled
        )
        best[found] += np.log(mass[found])
        value = float((weight * (everything - best)).sum())
        share = np.exp(points - everything[sample.query])
        goal = np.where(sample.right, np.exp(np.minimum(points - best[sample.query], 0)), 0.0)
        gradient = features.T @ ((share - goal) * weight[sample.query])
        off = values - expected
        off[-1] = 0.0
        return value + PENALTY * float(off @ off), gradient + 2 * PENALTY * off

    expected = np.array([*(EXPECTED.get(name, 0.0) for name in names), 0.0])
    start = expected.copy()
    limits = [*(LIMITS.get(name, (None, None)) for name in names), (None, None)]
    options = {"maxiter": 400}
    result = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=limits, options=options)
    return np.asarray(result.x)


class Top(NamedTuple):
    """By query: the best points (-99 where it can be no match), the margin to the next entity,
    and whether the best is right."""

    points: Array
    margin: Array
    right: Array


def top(sample: Sample, values: Array) -> Top:
    """What the weights *values* put first."""
    points = np.round(sample.features @ values[:-1] + values[-1], 6)
    count = len(sample.weight)
    best, margin, right = np.full(count, -99.0), np.full(count, 99.0), np.zeros(count, bool)
    starts = np.searchsorted(sample.query, np.arange(count + 1))
    for q in range(count):
        span = slice(starts[q], starts[q + 1])
        if span.start == span.stop:
            continue
        here = points[span]
        first = int(np.argmax(here))
        best[q] = here[first] if sample.sure[span][first] else -99.0
        right[q] = sample.right[span][first]
        others = here[sample.entity[span] != sample.entity[span][first]]
        margin[q] = here[first] - others.max() if len(others) else 99.0
    return Top(best, margin, right)


def main() -> None:
    """Read the gold sets, fit, and write ``weights.toml``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--kb", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="take one query in so many")
    parser.add_argument("--folds", type=int, default=0, choices=(0, 5))
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("weights.toml"))
    args = parser.parse_args()
    sets = read_gold(args.gold)
    old = load_weights()
    names = list(old.features)
    with tempfile.TemporaryDirectory() as folder:
        profile = load_profile("wikidata")
        records, parents = read_kb(args.kb, profile)
        build_index(Path(folder), records, Origin(str(args.kb), complete=True), parents=parents)
        reconciler = Reconciler(open_index(Path(folder)), profile, old)
        sample = collect(reconciler, sets, names, args.every)
    if args.folds:
        held = np.full(len(sample.weight), False)
        parts = [
            (fit(sample, sample.fold != f, names), sample.fold == f) for f in range(args.folds)
        ]
        right = np.zeros(len(sample.weight), bool)
        for values, held in parts:
            right[held] = top(sample, values).right[held]
        _print("left out", sample, right, list(sets))
    values = fit(sample, np.ones(len(sample.weight), bool), names)
    found = top(sample, values)
    _print("fitted", sample, found.right, list(sets))
    score, margin = thresholds(sample, found, list(sets))
    args.out.write_text(_toml(names, values, score, margin), encoding="utf-8")


def thresholds(sample: Sample, found: Top, sets: list[str]) -> tuple[float, float]:
    """The score and margin above which a candidate is a match.

    The most matches, over all sets counted alike, of which no more than :data:`WRONG` are wrong in
    any set: fewer where most queries have years, for years are what tells namesakes apart.
    """
    score = 100 / (1 + np.exp(-found.points))
    asked = [(sample.sets == s) & (sample.ways == 1) for s in range(len(sets))]
    least_right = [1 - WRONG[bool(sample.dated[here].mean() > 0.5)] for here in asked]
    best = (0.0, 95.0, 3.0)
    for least in (60, 70, 80, 85, 90, 92, 94, 95, 96, 97, 98, 99):
        for gap in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0):
            match = (score >= least) & (found.margin >= gap)
            made = [(match & here).sum() for here in asked]
            right = [(match & here & found.right).sum() for here in asked]
            if any(r < share * m for r, m, share in zip(right, made, least_right, strict=True)):
                continue
            recall = float(
                np.mean(
                    [r / (here & sample.in_kb).sum() for r, here in zip(right, asked, strict=True)]
                )
            )
            if recall > best[0]:
                best = (recall, float(least), gap)
    print(f"match: score {best[1]}, margin {best[2]}, recall {best[0]:.3f}")
    return best[1], best[2]


def _print(title: str, sample: Sample, right: Array, sets: list[str]) -> None:
    print(f"{title}: top-1 of answers in the kb")
    for s, name in enumerate(sets):
        shares = [
            right[(sample.sets == s) & (sample.ways == w) & sample.in_kb].mean() for w in range(3)
        ]
        print(
            f"  {name:14}"
            + "  ".join(f"{way} {share:.3f}" for way, share in zip(WAYS, shares, strict=True))
        )


def _toml(names: list[str], values: Array, score: float, margin: float) -> str:
    lines = [
        "# Weights of the score; docs/reconciliation-scores.md explains each feature.",
        "# Written by: python -m kgtool.reconcile.fit --gold DIR --kb DIR",
        "# Fitted on data of the National Gallery of Art, MoMA, ROR, Vlaamse Kunstcollectie and",
        "# Digital Scriptorium (digital-scriptorium.org, CC BY 4.0).",
        "",
        "# score = 100 / (1 + exp(-(bias + sum of weight * feature)))",
        f"bias = {values[-1]:.3f}",
        "# A candidate is a match from this score on, this many points before the next, and",
        "# if nothing contradicts.",
        f"match_score = {score:.1f}",
        f"match_margin = {margin:.1f}",
        "",
        "[features]",
        *(f"{name} = {value:.3f}" for name, value in zip(names, values, strict=False)),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
