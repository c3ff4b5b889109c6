"""Sentences on the grid and on events in it."""

from __future__ import annotations

from data.check.words.sentence import Words
from data.text import Text

WORDS: dict[str, Words] = {
    "unknown_grid": Words(
        good=Text(zh="网格代码都认得", en="every grid code is known"),
        said=Text(
            zh="{n} 个事件（{share}%）的网格代码不在网格表中，不能上图",
            en="events that name a cell that the grid does not have, and are on no map: {n} ({share} %)",
        ),
        remedy=Text(
            zh="核对两处代码的写法与网格表的时点", en="spell the codes alike, and see whether the grid table is of the same date"
        ),
        bad=0.5,
    ),
    "not_located": Words(
        good=Text(zh="没有网格代码的事件都按坐标落在网格内", en="every event without a grid code lies in a cell by its point"),
        said=Text(
            zh="{n} 个事件（{share}%）没有网格代码，坐标为空、为 0,0 或在所有网格之外：计入各项合计，不上图",
            en=(
                "events without a grid code whose point is missing, at 0,0 or outside every cell; they count in "
                "every sum and are on no map: {n} ({share} %)"
            ),
        ),
        remedy=Text(
            zh="若源库有网格代码或坐标，改 SELECT 取出；坐标应为经纬度，若为 GCJ-02 或 BD-09 请写在映射的 crs",
            en="let the SELECT deliver the grid code or the point where the source has them; points are degrees, and the "
            "mapping's crs says whether of GCJ-02 or BD-09",
        ),
        bad=0.95,
    ),
    "no_grid": Words(
        good=Text(zh="有网格", en="there is a grid"),
        said=Text(zh="没有网格，不画地图", en="there is no grid, so that no map is drawn"),
        remedy=Text(
            zh="要地图时，映射 tables.grid，或用 shapes 指一个网格文件（Shapefile、GeoPackage、GeoJSON）",
            en="for a map, map tables.grid, or name a grid file (Shapefile, GeoPackage, GeoJSON) under shapes",
        ),
    ),
    "no_shape": Words(
        good=Text(zh="每个网格都有轮廓", en="every cell has an outline"),
        said=Text(
            zh="{n} 个网格（{share}%）没有轮廓，计数但不上图",
            en="cells without an outline, which are counted and not drawn: {n} ({share} %)",
        ),
        remedy=Text(
            zh="取 geometry（WKB），或用 shapes 指一个网格文件；上级网格没有轮廓时由下级合成",
            en="deliver geometry (WKB), or name a grid file under shapes; a cell above others needs none, it has theirs",
        ),
    ),
    "repaired_outline": Words(
        good=Text(zh="轮廓都有效", en="every outline is valid"),
        said=Text(
            zh="{n} 个网格的轮廓自相交，已修复后使用", en="cells whose outline crosses or touches itself, used as repaired: {n}"
        ),
        remedy=Text(zh="请测绘方改正原图", en="have the drawing itself corrected"),
    ),
    "bad_geometry": Words(
        good=Text(zh="轮廓都能画", en="every outline can be drawn"),
        said=Text(zh="{n} 个网格的轮廓不能画", en="cells whose outline cannot be drawn: {n}"),
        remedy=Text(
            zh="轮廓应为经纬度的多边形（WKB）；原因逐条见 python -m dashboard faults",
            en="an outline is a polygon in degrees, as WKB; python -m dashboard faults gives the reason of each",
        ),
        bad=0.5,
    ),
    "bad_number": Words(
        good=Text(zh="网格的人口、户数都可用", en="people and households of every cell are numbers"),
        said=Text(
            zh="{n} 个网格的人口或户数不是 0 以上的整数，按未知计",
            en="cells whose people or households are no whole number from 0 up, taken as not known: {n}",
        ),
        remedy=Text(zh="核对 population、households 两列", en="see to the columns population and households"),
    ),
    "lost_cell": Words(
        good=Text(zh="网格都能采用", en="every cell can be used"),
        said=Text(
            zh="{n} 个网格不能采用（层级不认得、找不到上级、代码重复或为空）",
            en="cells that cannot be used (unknown level, no parent, a code that stands twice or is empty): {n}",
        ),
        remedy=Text(
            zh="核对 level 是否为城市文件的层级代码，parent 是否在上一层",
            en="see that level is a level code of the city's file, and that parent is a cell of the level above",
        ),
        bad=0.1,
    ),
    "grid_file_note": Words(
        good=Text(zh="网格文件的坐标系与文字编码没有疑问", en="the grid file's coordinates and text leave nothing in doubt"),
        said=Text(zh="网格文件：{notes}", en="the grid file: {notes}"),
        remedy=Text(
            zh="照此核对，或请测绘方改正文件", en="see to what is said, or have the file put right by those who surveyed it"
        ),
    ),
    "stray_outline": Words(
        good=Text(zh="轮廓文件与网格相符", en="the file of outlines fits the grid"),
        said=Text(zh="轮廓文件中有 {n} 个代码不在网格中", en="codes in the file of outlines that the grid does not have: {n}"),
        remedy=Text(
            zh="核对 shapes.code 指的属性；若文件本身就是网格，写明 shapes.level",
            en="see which property shapes.code names; if the file itself is the grid, name shapes.level",
        ),
    ),
    "coverage": Words(
        good=Text(zh="网格不重叠、不留空白", en="the grid has no overlap and no gap"),
        said=Text(zh="网格有 {n} 处重叠、留缝或空白", en="overlaps, slivers or gaps of the grid: {n}"),
        remedy=Text(
            zh="请测绘方照所列网格改图；落在重叠处的点归第一个网格",
            en="have the listed cells redrawn; a point in an overlap counts in the first",
        ),
    ),
}
