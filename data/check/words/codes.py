"""Sentences on codes."""

from __future__ import annotations

from data.check.words.sentence import Words
from data.text import Text

WORDS: dict[str, Words] = {
    "unknown_code": Words(
        good=Text(zh="{column} 的代码都认得", en="every code of {column} is known"),
        said=Text(
            zh="{column} 有 {n} 行（{share}%）是不认得的代码，计为“未知”",
            en='rows with a code of {column} that is not known and counts as "unknown": {n} ({share} %)',
        ),
        remedy=Text(
            zh="在映射文件 codes.{kind} 中对照，或写入城市文件",
            en="map them under codes.{kind} of the mapping, or list them in the city's file",
        ),
        bad=0.5,
    ),
    "unknown_step": Words(
        good=Text(zh="{column} 的代码都认得", en="every code of {column} is known"),
        said=Text(
            zh="{column} 有 {n} 行（{share}%）是不认得或空的代码，这些流转不能采用",
            en="log rows whose {column} is unknown or empty, so that they cannot be used: {n} ({share} %)",
        ),
        remedy=Text(zh="在映射文件 codes.{kind} 中对照", en="map them under codes.{kind} of the mapping"),
        bad=0.1,
    ),
    "unlisted_department": Words(
        good=Text(zh="部门都在城市文件中", en="every department is in the city's file"),
        said=Text(zh="{n} 个部门（共 {of} 个）不在城市文件中", en="departments that are not in the city's file: {n} of {of}"),
        remedy=Text(
            zh="写入城市文件的 departments，或在 codes.department 中对照",
            en="list them under departments of the city's file, or map them under codes.department",
        ),
    ),
}
