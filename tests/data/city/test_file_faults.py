"""What is wrong with a file is told in the language asked: Chinese by default of `check`, English with --lang en."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.cli import main
from data.city.profile import load_profile
from data.errors import FileError, Said

TOWN = """
shifts = {shifts}
levels = [{{ code = "area", name = {{ zh = "片区", en = "Area" }} }}]
stages = [
  {{ code = "report", role = "report", name = {{ zh = "上报", en = "Reported" }} }},
  {{ code = "handle", role = "{role}", limit = "{limit}", name = {{ zh = "办理", en = "In hand" }} }},
]
networks = [{{ code = "all", name = {{ zh = "全部", en = "All" }} }}]
channels = [{{ code = "phone", name = {{ zh = "电话", en = "Phone" }} }}]
departments = [{{ code = "works", name = {name} }}]
categories = [{{ code = "lamp", network = "{network}", name = {{ zh = "路灯", en = "Lamps" }}{more} }}]
scenes = [{{ id = "overview", name = {{ zh = "总览", en = "Overview" }}, areas = {areas} }}]
{rest}
[city]
id = "town"
code = "{code}"
name = {{ zh = "小镇", en = "Town" }}
title = {{ zh = "小镇", en = "Town" }}
timezone = "{zone}"
"""
SOUND = {
    "shifts": '["08:00-20:00", "20:00-08:00"]',
    "role": "handle",
    "limit": "2 hours",
    "name": '{ zh = "工程", en = "Works" }',
    "network": "all",
    "more": "",
    "areas": '["headline"]',
    "rest": "",
    "code": "999",
    "zone": "Asia/Shanghai",
}


def town(folder: Path, **changes: str) -> Path:
    (folder / "town.toml").write_text(TOWN.format(**{**SOUND, **changes}), encoding="utf-8")
    return folder / "town.toml"


def test_the_sound_town_is_no_fault(tmp_path: Path) -> None:
    assert load_profile(town(tmp_path)).shifts == ("08:00-20:00", "20:00-08:00")


@pytest.mark.parametrize(
    ("changes", "en", "zh"),
    [
        ({"shifts": '["20:00-06:00", "08:00-20:00"]'}, "what follows 06:00", "06:00 起的时段没有班次"),
        ({"shifts": '["8-20"]'}, "'8-20' is not a shift", "“8-20”不是班次"),
        ({"shifts": "[]"}, "no shift is named", "没有写班次"),
        ({"limit": "2 huors"}, "'2 huors' is not a time limit", "'2 huors' 不是时限"),
        ({"role": "handel"}, "'handel' is not known here; did you mean 'handle'?", "这里没有 'handel'，是否指“handle”？"),
        ({"role": "report"}, "'report' is the role of stages.0 already", "“report”已是 stages.0 的角色"),
        ({"network": "al"}, "no network is called 'al'; did you mean 'all' (", "没有网络“al”，是否指“all”（"),
        ({"more": ', limt = "1 day"'}, "unknown key; did you mean 'limit'?", "没有这个键，是否指“limit”？"),
        ({"name": '"Works"'}, "'Works' is not a name in two languages", "'Works' 不是双语名称"),
        ({"name": "{ zh = 7, en = 'x' }"}, "7 is not text; put it in quotes", "7 不是文字，请加引号"),
        ({"name": "{ zh = '工程' }"}, "is missing", "缺少"),
        (
            {"name": '{ zh = "工\\u001b[31m程", en = "Works" }'},
            "holds a control character (U+001B); write text alone",
            "含有控制字符（U+001B），请只写文字",
        ),
        ({"zone": "Asia/Qufu"}, "'Asia/Qufu' is not a time zone", "“Asia/Qufu”不是时区"),
        ({"areas": '["a b", "c"]'}, "its rows do not name the same number of cells", "各行格数不同"),
        ({"areas": '["a b", "b a"]'}, "'a' is no rectangle", "“a”不成矩形"),
        ({"rest": "[counts]\nstages = 3"}, "the city states 3, but stages lists 2", "城市称有 3 个，stages 列出 2 个；请补 1 个"),
        ({"rest": "[hours]\nslots = []"}, "is empty, so that no limit would ever end", "为空，时限将永不到期"),
        ({"rest": '[hours]\nslots = ["8-12"]'}, "'8-12' is not a slot", "“8-12”不是时段"),
        (
            {"rest": '[[steps]]\ncode = "s"\nname = { zh = "步", en = "s" }\nstages = ["report"]'},
            "no step holds 'handle'",
            "没有步骤包含“handle”",
        ),
        ({"rest": "[windows]\nheadline = 7"}, "7 is not a time limit", "7 不是时限"),
        ({"rest": "[demo]\nhalf = 3"}, "3: should be a list; write [ ... ]", "3：应为列表，写作 [ ... ]"),
        ({"rest": "[service]\nfalse_alarms_per_shift = 2"}, "2: should be at most 1", "2：应不大于 1"),
        ({"rest": "[service]\nfalse_alarms_per_shift = 0"}, "0: should be greater than 0", "0：应大于 0"),
        ({"rest": '[hours]\nslots = "8-12"'}, "'8-12': should be a list; write [ ... ]", "'8-12'：应为列表"),
    ],
)
def test_each_fault_of_a_citys_file_is_told_in_both_languages(tmp_path: Path, changes: dict[str, str], en: str, zh: str) -> None:
    with pytest.raises(FileError) as fault:
        load_profile(town(tmp_path, **changes))
    assert en in fault.value.told("en") == str(fault.value)
    assert zh in fault.value.told("zh")
    assert fault.value.told("zh").splitlines()[0] == f"{tmp_path / 'town.toml'}：{len(fault.value.faults)} 处有误"
    for place, what in fault.value.faults:
        assert isinstance(what, Said), f"{place}: {what}"
        assert re.search("[\u4e00-\u9fff]", what.zh), what


def test_check_tells_a_faulty_city_in_chinese_or_as_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["check", "--mapping", "platform", "--city", str(town(tmp_path, limit="2 huors"))]
    assert main(asked) == 2
    assert "stages.1.limit：'2 huors' 不是时限" in capsys.readouterr().err
    assert main([*asked, "--lang", "en"]) == 2
    assert "stages.1.limit: '2 huors' is not a time limit" in capsys.readouterr().err
    assert main(["check", "--city", "qufoo"]) == 2
    assert "没有这个城市，是否指“qufu”？" in capsys.readouterr().err
