"""Sentences on what the load would reject."""

from __future__ import annotations

from data.check.words.sentence import Words
from data.text import Text

WORDS: dict[str, Words] = {
    "set_aside": Words(
        good=Text(zh="装载采用全部 {of} 行", en="the load uses every row: {of}"),
        said=Text(
            zh="装载的搁置行 {n}（{share}%）：读取 {of} 行，采用 {kept} 行",
            en="rows that the load would reject: {n} ({share} %); read {of}, kept {kept}",
        ),
        remedy=Text(zh="原因与办法见下面“装载”一节", en='see the reasons and what to do about each under "load" below'),
    ),
    "load_stops": Words(
        good=Text(zh="装载能走到头", en="the load comes to its end"),
        said=Text(zh="装载会在这里停下：{error}", en="the load would stop: {error}"),
        remedy=Text(
            zh="有一列的值超出了它能有的样子；在 SELECT 中逐列 CAST 后再核一次",
            en="a column holds values of a kind that it cannot have; CAST column by column in the SELECT and check again",
        ),
        bad=0,
    ),
}
