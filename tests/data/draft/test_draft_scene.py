"""The drafted page is a picture that a city's file takes, for any number of stages, departments, areas."""

from __future__ import annotations

import itertools

from data.city.profile_errors import cross_faults
from data.draft.scene import Has, scene
from layouts.panels import PANELS


def test_every_page_is_whole_and_shows_only_what_there_is() -> None:
    for stages, departments, channels, categories, outlines, due in itertools.product(
        (1, 3, 10, 11, 27, 62), (0, 1, 9, 231), (0, 4), (0, 3), (False, True), (False, True)
    ):
        has = Has(stages, departments, channels, categories, outlines, due)
        pictures = scene(has)
        raw = {"scenes": [{"id": "overview", **{shape: p.areas for shape, p in pictures.items()}}]}
        assert [f for f in cross_faults(raw) if f[0].startswith("scenes")] == [], has
        for picture in pictures.values():
            shown = {cell for row in picture.areas for cell in row.split()}
            assert len(picture.rows.replace("minmax(9vh, auto)", "auto").split()) == len(picture.areas), has
            assert len(picture.columns.split()) == len(picture.areas[0].split()), has
            assert {"headline", "kpi_row", "throughput", "stage_backlog"} <= shown <= set(PANELS), has
            assert ("grid_heat" in shown) == outlines, has
            assert ("department_response" in shown) == (departments > 0), has
            assert ("channel_mix" in shown) == (channels > 0), has
