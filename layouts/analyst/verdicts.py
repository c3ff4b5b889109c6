"""Names of the verdicts on departments."""

from __future__ import annotations

from data.text import Text

#: By time, as in the ranking of times.
BANDS = {
    -1: Text(zh="更快", en="faster"),
    0: Text(zh="无明显差别", en="no clear difference"),
    1: Text(zh="更慢", en="slower"),
    2: Text(zh="不足20件", en="under 20"),
}
#: By share late; 1 is worse.
VERDICTS = {
    -1: Text(zh="明显较好", en="clearly better"),
    0: Text(zh="无明显差别", en="no clear diff."),
    1: Text(zh="明显较差", en="clearly worse"),
    2: Text(zh="不足20件", en="under 20"),
    3: Text(zh="无可比", en="none to compare"),
}
#: The same, by what a department is compared with.
BY_BASIS = {
    "rest": {
        -1: Text(zh="优于其余", en="better than rest"),
        0: Text(zh="差别不明", en="no clear diff."),
        1: Text(zh="差于其余", en="worse than rest"),
    },
    "past": {
        -1: Text(zh="好于以往", en="better than past"),
        0: Text(zh="变化不明", en="no clear change"),
        1: Text(zh="差于以往", en="worse than past"),
    },
}


def verdict(band: int, basis: str) -> Text:
    """The words of a verdict, which say what it is compared with."""
    return BY_BASIS.get(basis, VERDICTS).get(band, VERDICTS[band])
