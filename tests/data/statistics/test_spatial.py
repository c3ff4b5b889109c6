"""Neighbours, empirical Bayes and Gi*: the oracles, and the field's own libraries on random data."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.affinity
from esda.getisord import G_Local
from esda.smoothing import Empirical_Bayes
from libpysal.weights import Queen, Rook, W, lat2W
from scipy.sparse import csr_array

from data.statistics.distributions import poisson_limits, upper_tail
from data.statistics.empirical_bayes import empirical_bayes
from data.statistics.ranking import benjamini_hochberg
from data.statistics.spatial import gistar, membership
from geo.neighbours import neighbours
from tests.oracles import worked


def grid_pairs(rows: int, columns: int) -> np.ndarray:
    """Rook neighbours of a rectangular grid, numbered row by row."""
    at = np.arange(rows * columns).reshape(rows, columns)
    return np.concatenate(
        [np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()]), np.column_stack([at[:-1].ravel(), at[1:].ravel()])]
    )


def boxes(rows: int, columns: int, rng: np.random.Generator | None = None) -> list[bytes]:
    x, y = np.arange(columns + 1.0), np.arange(rows + 1.0)
    if rng is not None:
        x, y = np.cumsum(rng.uniform(0.5, 1.5, columns + 1)), np.cumsum(rng.uniform(0.5, 1.5, rows + 1))
    return [shapely.to_wkb(shapely.box(x[j], y[i], x[j + 1], y[i + 1])) for i in range(rows) for j in range(columns)]


def test_marshalls_rates_are_the_worked_ones() -> None:
    got = empirical_bayes([1, 30, 4, 9], [20, 100, 100, 180])
    assert got == pytest.approx([0.07006079, 0.2826556, 0.04639004, 0.05317155], abs=5e-8)


def test_a_variance_that_comes_out_negative_is_none() -> None:
    assert empirical_bayes([0, 3, 10, 50], [10, 20, 100, 400]) == pytest.approx([63 / 530] * 4, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_esda_gives_the_same_rates_where_places_differ(seed: int) -> None:
    rng = np.random.default_rng(seed)
    exposure = rng.integers(50, 5000, 60).astype(float)
    observed = rng.poisson(exposure * rng.gamma(4, 0.02, 60)).astype(float)
    assert empirical_bayes(observed, exposure) == pytest.approx(np.ravel(Empirical_Bayes(observed, exposure).r), abs=1e-12)


def test_a_place_without_exposure_has_no_rate_and_counts_in_none() -> None:
    got = empirical_bayes([1, 30, 4, 9, 7, 3], [20, 100, 100, 180, 0, np.nan])
    assert np.isnan(got[4:]).all()
    assert got[:4] == pytest.approx(empirical_bayes([1, 30, 4, 9], [20, 100, 100, 180]))


def test_gistar_of_the_worked_grid_and_only_its_centre_stands_after_the_correction() -> None:
    values = np.ones(25)
    values[[12, 7, 11]] = 10, 8, 8
    z = gistar(values[None, :], membership(np.ones(25, bool), grid_pairs(5, 5)))[0]
    assert z[[12, 7, 11, 6]] == pytest.approx([3.587, 2.223, 2.223, 1.833], abs=5e-4)
    p = upper_tail(z)
    assert np.flatnonzero(p < 0.05).tolist() == [6, 7, 11, 12]
    assert np.flatnonzero(benjamini_hochberg(p)).tolist() == [12]


@pytest.mark.parametrize("seed", range(4))
def test_gistar_is_its_textbook_formula_and_esdas(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.gamma(2, 3, 42)
    got = gistar(y[None, :], membership(np.ones(42, bool), grid_pairs(6, 7)))[0]
    near = lat2W(6, 7).full()[0] + np.eye(42)
    w = near.sum(axis=1)
    s = np.sqrt((y**2).mean() - y.mean() ** 2)
    by_hand = (near @ y - y.mean() * w) / (s * np.sqrt((42 * (near**2).sum(axis=1) - w**2) / 41))
    assert got == pytest.approx(by_hand, abs=1e-9)
    own = W({i: [i, *lat2W(6, 7).neighbors[i]] for i in range(42)}, silence_warnings=True)
    assert got == pytest.approx(G_Local(y, own, transform="B", permutations=0, star=True).Zs, abs=1e-9)


def test_weights_weigh_and_gistar_is_the_textbooks_formula_for_them() -> None:
    """Row by row from Ord and Getis (1995), equation 14.7 with any weights: the place itself 2, one neighbour 1, another 3."""
    y = np.array([4.0, 1, 7, 2, 2, 5, 3, 9, 1, 6])
    near = np.zeros((10, 10))
    near[0, [0, 1, 2]] = 2, 1, 3
    near[1:, :] = np.eye(10)[1:]
    # sum w y = 8 + 1 + 21 = 30, mean 4, W = 6, S1 = 14, s^2 = 226 / 10 - 16 = 6.6
    by_hand = (30 - 4 * 6) / np.sqrt(6.6 * (10 * 14 - 36) / 9)
    assert gistar(y[None, :], csr_array(near))[0, 0] == pytest.approx(by_hand)


def test_values_that_are_all_the_same_have_no_gistar_and_who_is_not_there_is_nobodys_neighbour() -> None:
    near = membership(np.ones(25, bool), grid_pairs(5, 5))
    assert np.isnan(gistar(np.full((1, 25), 0.1), near)).all()
    there = np.ones(25, bool)
    there[12] = False
    assert membership(there, grid_pairs(5, 5)).sum(axis=1)[[7, 11, 12, 16]].tolist() == [4, 4, 4, 4]
    assert membership(there, np.zeros((0, 2))).toarray().tolist() == np.eye(24).tolist()


def test_neighbours_share_an_edge_or_with_queen_a_corner() -> None:
    shapes = boxes(3, 3)
    assert {tuple(p) for p in neighbours(shapes).tolist()} == {tuple(sorted(p)) for p in grid_pairs(3, 3).tolist()}
    corners = {tuple(p) for p in neighbours(shapes, queen=True).tolist()} - {tuple(p) for p in neighbours(shapes).tolist()}
    assert corners == {(0, 4), (1, 3), (1, 5), (2, 4), (3, 7), (4, 6), (4, 8), (5, 7)}
    assert neighbours([None, shapes[0], shapes[1], None]).tolist() == [[1, 2]]
    assert neighbours([]).shape == (0, 2)


def pairs_of(weights: W) -> set[tuple[int, int]]:
    return {(i, j) for i, near in weights.neighbors.items() for j in near if i < j}


def test_libpysal_finds_the_same_neighbours_in_a_random_grid() -> None:
    shapes = boxes(7, 9, np.random.default_rng(5))
    frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_wkb(shapes))
    assert {tuple(p) for p in neighbours(shapes).tolist()} == pairs_of(Rook.from_dataframe(frame, use_index=False))
    assert {tuple(p) for p in neighbours(shapes, queen=True).tolist()} == pairs_of(Queen.from_dataframe(frame, use_index=False))


def irregular(seed: int, cells: int = 150) -> list[shapely.Geometry]:
    """Voronoi cells in degrees around (116, 35), cut to a rectangle: outlines without a common lattice."""
    rng = np.random.default_rng(seed)
    frame = shapely.box(116, 35, 116.4, 35.3)
    points = shapely.multipoints(rng.uniform([116, 35], [116.4, 35.3], (cells, 2)))
    return [
        c
        for c in shapely.get_parts(shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(points)), frame))
        if not c.is_empty
    ]


@pytest.mark.parametrize("seed", range(3))
def test_libpysal_finds_the_same_neighbours_among_irregular_outlines(seed: int) -> None:
    cells = shapely.set_precision(irregular(seed), 1e-7)
    frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries(cells))
    theirs = pairs_of(Rook.from_dataframe(frame, use_index=False))
    lengths = {(i, j): shapely.length(shapely.intersection(cells[i], cells[j])) for i, j in theirs}
    ours = {tuple(p) for p in neighbours([shapely.to_wkb(c) for c in cells]).tolist()}
    # an edge shorter than a corner may be (about 1 m) is none of ours
    assert {pair for pair in theirs if lengths[pair] > 2e-5} <= ours <= theirs
    assert len(theirs) > 300


def test_outlines_that_were_digitised_apart_are_neighbours_still() -> None:
    """Within a tenth of a metre they share no vertex: libpysal, which looks for common vertices, finds hardly any."""
    rng = np.random.default_rng(7)
    cells = shapely.set_precision(irregular(7), 1e-7)
    apart = [shapely.affinity.translate(c, *rng.uniform(-3e-7, 3e-7, 2)) for c in cells]
    ours, before = ({tuple(p) for p in neighbours([shapely.to_wkb(c) for c in shapes]).tolist()} for shapes in (apart, cells))
    theirs = pairs_of(
        Rook.from_dataframe(gpd.GeoDataFrame(geometry=gpd.GeoSeries(apart)), use_index=False, silence_warnings=True)
    )
    assert len(theirs) < 0.1 * len(before)
    assert theirs <= ours
    assert len(ours & before) >= 0.9 * len(before)
    assert len(ours - before) <= 0.01 * len(before), "an edge of about a metre may go either way"


def test_exact_limits_of_a_count_are_the_worked_ones_and_scipys() -> None:
    from scipy.stats import chi2

    for observed, expected, low, high in ((22, 25, 0.5514913149, 1.3323305755), (9, 7.5, 0.548716413, 2.2779737936)):
        got = poisson_limits([observed])
        assert (got[0][0] / expected, got[1][0] / expected) == pytest.approx((low, high), abs=1e-9)
    counts = np.array([0, 1, 5, 200, 5000])
    lows, highs = poisson_limits(counts)
    assert lows[1:] == pytest.approx(chi2.ppf(0.025, 2 * counts[1:]) / 2)
    assert lows[0] == 0
    assert highs == pytest.approx(chi2.ppf(0.975, 2 * counts + 2) / 2)


@pytest.mark.parametrize("case", worked("places")["marshall"]["cases"])
def test_marshalls_rates_are_those_of_the_package(case: dict[str, list[float]]) -> None:
    assert empirical_bayes(case["observed"], case["exposed"]) == pytest.approx(case["rates"], abs=5e-8)
