"""All pairs: a short list of rows in which every two values of two factors that may meet do meet (pairwise testing)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, product

#: One value per factor.
Row = dict[str, str]
#: (factor, value, other factor, other value)
Pair = tuple[str, str, str, str]


def full(factors: Mapping[str, Sequence[str]], may: Callable[[Row], bool]) -> Iterator[Row]:
    """The full product of the factors: every row that ``may`` be."""
    for values in product(*factors.values()):
        row = dict(zip(factors, values, strict=True))
        if may(row):
            yield row


def pairs_of(row: Row) -> set[Pair]:
    """The pairs of values that one row shows, in the order of its factors."""
    return {(a, row[a], b, row[b]) for a, b in combinations(row, 2)}


def all_pairs(factors: Mapping[str, Sequence[str]], may: Callable[[Row], bool]) -> list[Row]:
    """Rows that together show every pair which some row that ``may`` be shows; the same for the same input.

    Greedy: the first pair not yet shown, and of the rows that show it the one that shows most others; of several, the one
    whose values were shown least.
    """
    rows = [(row, pairs_of(row)) for row in full(factors, may)]
    holding: dict[Pair, list[int]] = {}
    for i, (_, own) in enumerate(rows):
        for pair in sorted(own):
            holding.setdefault(pair, []).append(i)
    # the pairs that fewest rows can show come first: they decide most of the list
    ahead = sorted(holding, key=lambda pair: (len(holding[pair]), pair))
    shown: set[Pair] = set()
    used: Counter[tuple[str, str]] = Counter()
    chosen: list[Row] = []
    for pair in ahead:
        if pair in shown:
            continue
        best = max(holding[pair], key=lambda i: (len(rows[i][1] - shown), -sum(used[one] for one in rows[i][0].items()), -i))
        chosen.append(rows[best][0])
        shown |= rows[best][1]
        used.update(rows[best][0].items())
    return chosen
