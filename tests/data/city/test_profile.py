"""A city's file is read whole or refused with every fault, its place and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.city.profile import CITIES, Profile, load_profile
from data.errors import FileError

GOOD = """
[city]
id = "toy"
code = "999999"
name = { zh = "玩具市", en = "Toytown" }
title = { zh = "一张网", en = "One net" }

[[levels]]
code = "town"
name = { zh = "镇街", en = "Town" }

[[stages]]
code = "report"
name = { zh = "上报", en = "Report" }
limit = "30 min"
[[stages]]
code = "handle"
name = { zh = "办理", en = "Handle" }
limit = "2 workdays"

[[networks]]
code = "order"
name = { zh = "城管", en = "Order" }

[[channels]]
code = "hotline"
name = { zh = "热线", en = "Hotline" }

[[departments]]
code = "roads"
name = { zh = "道路", en = "Roads" }

[[categories]]
code = "pothole"
name = { zh = "坑洞", en = "Pothole" }
network = "order"
department = "roads"

[hours]
slots = ["08:30-12:00", "14:00-17:30"]
overrides = [[2026-11-23, "holiday", "site"]]

[[scenes]]
id = "overview"
name = { zh = "总览", en = "Overview" }
areas = ["headline headline", "stage_backlog throughput"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "toy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, *changes: tuple[str, str], after: str = "") -> list[tuple[str, str]]:
    """The faults of the good file with some of its words changed, and something written after it."""
    text = GOOD
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    with pytest.raises(FileError) as caught:
        load_profile(write(folder, text + after))
    return caught.value.faults


# A good file


def test_good_file_keeps_its_lists_in_order(tmp_path: Path) -> None:
    toy = load_profile(write(tmp_path, GOOD))
    assert [s.code for s in toy.stages] == ["report", "handle"]
    assert toy.zone.key == "Asia/Shanghai"
    assert toy.stage_index("handle") == 1
    assert toy.stage_index("dispatch") == -1
    assert toy.scenes[0].panels == ("headline", "stage_backlog", "throughput")


@pytest.mark.parametrize("city", sorted(p.stem for p in CITIES.glob("*.toml")))
def test_every_city_of_the_project_loads_by_its_id(city: str) -> None:
    assert load_profile(city).city.id == city


def test_permit_desk_has_its_27_activities_and_no_map() -> None:
    permit = load_profile("permit")
    assert len(permit.stages) == 27
    assert permit.levels == ()
    assert permit.areas == ()
    assert permit.zone.key == "Europe/Amsterdam"


def test_fingerprint_moves_with_a_limit_and_not_with_a_name_or_a_scene(tmp_path: Path) -> None:
    def of(old: str, new: str) -> str:
        return load_profile(write(tmp_path, GOOD.replace(old, new))).fingerprint

    same = of("", "")
    assert of("办理", "处置") == of("headline headline", "headline .") == same
    assert of("2 workdays", "3 workdays") != same
    assert of("[2026-11-23,", "[2026-11-24,") != same


# A faulty one


def test_codes_are_letters_and_digits_of_any_script(tmp_path: Path) -> None:
    toy = load_profile(write(tmp_path, GOOD.replace('code = "handle"', 'code = "处置_2.甲-乙"')))
    assert toy.stages[1].code == "处置_2.甲-乙"


def test_every_fault_of_a_file_is_listed_at_once(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        ('limit = "2 workdays"', 'limit = "2 hours of work"'),
        ('network = "order"', 'network = "odrer"'),
        ("[[channels]]\ncode", "[[channels]]\nkode"),
        ('"14:00-17:30"', '"14:00"'),
    )
    assert [place for place, _ in found] == [
        "stages.1.limit",
        "channels.0.code",
        "channels.0.kode",
        "categories.0.network",
        "hours.slots.1",
    ]


def test_faults_are_printed_one_a_line_under_the_files_name(tmp_path: Path) -> None:
    text = GOOD.replace('"30 min"', '"1 hour ago"').replace('department = "roads"', 'department = "rods"')
    with pytest.raises(FileError) as caught:
        load_profile(write(tmp_path, text))
    assert str(caught.value).splitlines() == [
        f"{tmp_path / 'toy.toml'}: 2 faults",
        '  stages.0.limit: \'1 hour ago\' is not a time limit; write e.g. "30 min", "4 work_hours" or "2 workdays"',
        "  categories.0.department: no department is called 'rods'; did you mean 'roads' (Roads)?",
    ]


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        (("[[levels]]\ncode", "[[levels]]\nkount = 12\ncode"), "levels.0.kount", "unknown key; did you mean 'count'?"),
        (("[hours]", "[hours]\nslot = []"), "hours.slot", "unknown key; did you mean 'slots'?"),
        (('"30 min"', '"0 min"'), "stages.0.limit", "is not a time limit"),
        (('"30 min"', "30"), "stages.0.limit", "30 is not a time limit; write e.g."),
        (('code = "handle"', 'code = "report"'), "stages.1.code", "'report' stands already at stages.0"),
        (('code = "handle"', 'code = "han dle"'), "stages.1.code", "'han dle' is not a code; use letters"),
        (
            ('code = "handle"', 'code = "x"\nrole = "handel"'),
            "stages.1.role",
            "'handel' is not known here; did you mean 'handle'?",
        ),
        (('code = "handle"', 'code = "x"\nrole = "report"'), "stages.1.role", "'report' is the role of stages.0 already"),
        (('name = { zh = "办理", en = "Handle" }', 'name = "办理"'), "stages.1.name", "write { zh ="),
        (('en = "Handle"', "em = 1"), "stages.1.name.en", "is missing"),
        (('code = "999999"', "code = 999999"), "city.code", "999999 is not text; put it in quotes"),
        (
            ('network = "order"', 'network = "oder"'),
            "categories.0.network",
            "no network is called 'oder'; did you mean 'order' (Order)?",
        ),
        (
            ('department = "roads"', 'department = "parks"'),
            "categories.0.department",
            "no department is called 'parks'; known are: roads",
        ),
        (('id = "toy"', 'id = "toy"\ntimezone = "Asia/Qufu"'), "city.timezone", "'Asia/Qufu' is not a time zone"),
        (('"08:30-12:00"', '"8:30-12:00"'), "hours.slots.0", "'8:30-12:00' is not a slot; write e.g. \"08:30-12:00\""),
        (('"14:00-17:30"', '"11:00-17:30"'), "hours.slots.1", "must start after the slot before it"),
        (('"14:00-17:30"', '"17:30-14:00"'), "hours.slots.1", "end after it starts"),
        (('["08:30-12:00", "14:00-17:30"]', "[]"), "hours.slots", "is empty"),
        (('"holiday"', '"holidays"'), "hours.overrides.0.1", "did you mean 'holiday'?"),
        (
            ('"site"]]', '"site"], [2026-11-23, "workday", "b"]]'),
            "hours.overrides.1",
            "2026-11-23 stands already at hours.overrides.0",
        ),
        (('"stage_backlog throughput"', '"stage_backlog"'), "scenes.overview.areas", "do not name the same number of cells"),
        (('"stage_backlog throughput"', '"headline throughput"'), "scenes.overview.areas", "'headline' is no rectangle"),
        (
            ('areas = ["headline', 'rows = "1fr"\nareas = ["headline'),
            "scenes.overview.rows",
            "1 sizes for the 2 rows of areas; write one for each",
        ),
        (
            ('areas = ["headline', 'columns = "1fr minmax(0, 2fr) auto"\nareas = ["headline'),
            "scenes.overview.columns",
            "3 sizes for the 2 columns of areas",
        ),
    ],
)
def test_a_fault_is_named_with_its_place_and_a_remedy(tmp_path: Path, change: tuple[str, str], place: str, says: str) -> None:
    found = [what for where, what in faults(tmp_path, change) if where == place]
    assert len(found) == 1
    assert says in found[0]


@pytest.mark.parametrize(
    ("more", "place", "says"),
    [
        (
            '[[moats]]\ncode = "m"\nname = { zh = "a", en = "a" }\nchannels = ["hotlin"]',
            "moats.0.channels",
            "did you mean 'hotline' (Hotline)?",
        ),
        ('[[areas]]\ncode = "a"\nname = { zh = "a", en = "a" }\nlevel = "twon"', "areas.0.level", "did you mean 'town' (Town)?"),
        (
            '[[departments]]\ncode = "d"\nname = { zh = "a", en = "a" }\nnetworks = ["order", "parks"]',
            "departments.1.networks",
            "no network is called 'parks'",
        ),
        ('[windows]\nthroughput = "ever"', "windows.throughput", "is not a time limit"),
        ('[[scenes]]\nid = "overview"\nname = { zh = "a", en = "a" }\nareas = []', "scenes.1.id", "stands already at scenes.0"),
    ],
)
def test_a_reference_to_what_is_not_there_is_refused(tmp_path: Path, more: str, place: str, says: str) -> None:
    assert [(where, says in what) for where, what in faults(tmp_path, after=more)] == [(place, True)]


STEPS = """
[[steps]]
code = "find"
name = { zh = "发现问题", en = "Find" }
stages = ["report"]
[[steps]]
code = "settle"
name = { zh = "处置", en = "Settle" }
stages = ["handle"]
"""


def test_steps_hold_every_stage_once_and_no_other(tmp_path: Path) -> None:
    assert [s.stages for s in load_profile(write(tmp_path, GOOD + STEPS)).steps] == [("report",), ("handle",)]
    assert faults(tmp_path, after=STEPS.replace('["handle"]', '["handle", "report"]')) == [
        ("steps.1.stages", "'report' stands already in steps.0")
    ]
    assert faults(tmp_path, after=STEPS[: STEPS.rindex("[[steps]]")]) == [
        ("steps", "no step holds 'handle'; name each stage in one of them")
    ]
    found = dict(faults(tmp_path, after=STEPS.replace('["handle"]', '["handel"]')))
    assert found["steps.1.stages"] == "no stage is called 'handel'; did you mean 'handle' (Handle)?"
    assert faults(tmp_path, after=STEPS.replace('["handle"]', "[]"))[0][0] == "steps.1.stages"


@pytest.mark.parametrize(
    ("counts", "place", "says"),
    [
        (
            "departments = 3",
            "counts.departments",
            "the city states 3, but departments lists 1; add, as pending or example where the city names none, 2",
        ),
        ("stages = 1", "counts.stages", "the city states 1, but stages lists 2; take out 1"),
        ("modules = 18", "counts.modules", "the city states 18, but modules lists 0"),
        ("departements = 1", "counts.departements", "unknown key; did you mean 'departments'?"),
    ],
)
def test_a_list_that_is_not_as_long_as_the_city_states_is_refused(tmp_path: Path, counts: str, place: str, says: str) -> None:
    assert [(where, says in what) for where, what in faults(tmp_path, after=f"[counts]\n{counts}")] == [(place, True)]


def test_a_list_that_is_as_long_as_the_city_states_is_taken(tmp_path: Path) -> None:
    toy = load_profile(write(tmp_path, GOOD + "[counts]\nstages = 2\nfunctions = 0"))
    assert (toy.counts.stages, toy.counts.functions, toy.counts.modules) == (2, 0, None)


@pytest.mark.parametrize(
    ("more", "place", "says"),
    [
        ('[demo]\nlate = "t1"', "demo.late", "no area is called 't1'"),
        ('[demo]\nsilent = "hotlin"', "demo.silent", "did you mean 'hotline' (Hotline)?"),
        ('[demo.surge]\narea = "t1"\ncategory = "pothole"', "demo.surge.area", "no area is called 't1'"),
        (
            '[[modules]]\ncode = "m"\nname = { zh = "a", en = "a" }\naspect = "odrer"',
            "modules.0.aspect",
            "did you mean 'order' (Order)?",
        ),
        ('[[functions]]\ncode = "f"\nname = { zh = "a", en = "a" }\naspect = "order"', "functions.0.aspect", "unknown key"),
    ],
)
def test_the_demo_and_the_modules_name_what_is_there(tmp_path: Path, more: str, place: str, says: str) -> None:
    assert [(where, says in what) for where, what in faults(tmp_path, after=more)] == [(place, True)]


def test_the_facts_do_not_depend_on_the_demo_the_steps_or_the_counts(tmp_path: Path) -> None:
    plain = load_profile(write(tmp_path, GOOD)).fingerprint
    more = STEPS + "[demo]\nhalf = [0.1, 0.1]\n[counts]\nstages = 2"
    channel = ('name = { zh = "热线", en = "Hotline" }', 'name = { zh = "热线", en = "Hotline" }\nshare = 0.5')
    assert load_profile(write(tmp_path, GOOD.replace(*channel) + more)).fingerprint == plain


def test_more_stages_than_the_facts_can_hold_are_refused(tmp_path: Path) -> None:
    stages = "".join(f'[[stages]]\ncode = "s{i}"\nname = {{ zh = "a", en = "a" }}\n' for i in range(61))
    assert faults(tmp_path, after=stages) == [("stages", "63 are too many; the facts hold at most 62")]


def test_a_city_without_stages_is_refused(tmp_path: Path) -> None:
    text = GOOD[: GOOD.index("[[stages]]")] + GOOD[GOOD.index("[[networks]]") :]
    with pytest.raises(FileError, match=r"stages: is missing"):
        load_profile(write(tmp_path, text))


def test_an_empty_file_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="3 faults"):
        load_profile(write(tmp_path, ""))


# No file


def test_a_file_that_is_not_toml_is_refused_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"not TOML: .*line 1"):
        load_profile(write(tmp_path, "id = qufu\n"))


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        load_profile(tmp_path / "nowhere.toml")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "toy.toml"
    path.write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(FileError, match="cannot be read"):
        load_profile(path)


def test_an_unknown_city_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(FileError, match=r"city 'permitt'.*\n.*did you mean 'permit'\?"):
        load_profile("permitt")


def test_a_profile_cannot_be_changed(tmp_path: Path) -> None:
    toy = load_profile(write(tmp_path, GOOD))
    assert isinstance(toy, Profile)
    with pytest.raises(ValueError, match="frozen"):
        toy.stages = ()  # type: ignore[misc]


def test_a_fault_of_a_city_names_what_is_near_in_chinese_too(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        load_profile(write(tmp_path, GOOD.replace('department = "roads"', 'department = "rods"')))
    assert caught.value.zh == caught.value.told("zh")
    assert caught.value.zh.splitlines()[1] == "  categories.0.department：没有部门“rods”，是否指“roads”（道路）？"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "toy"', 'idd = "toy"'),
        ('code = "999999"', "code = 9"),
        ("timezone", "x"),
        ('code = "roads"', 'code = "ro ads"'),
        ('"08:30-12:00"', '"8-12"'),
        ('title = { zh = "一张网", en = "One net" }', 'title = "x"'),
        ('"stage_backlog throughput"', '"stage_backlog headline"'),
        ('"stage_backlog throughput"', '"throughput"'),
        ('slots = ["08:30-12:00", "14:00-17:30"]', "slots = []"),
        ('slots = ["08:30-12:00", "14:00-17:30"]', "slots = 4"),
        ('"holiday"', '"holidays"'),
        ('network = "order"', 'network = "oder"'),
        ('network = "order"', 'network = "order"\nshare = "x"'),
        ("[hours]", "[counts]\nstages = 3\n[hours]"),
        ('code = "handle"', 'code = "report"'),
    ],
)
def test_no_fault_of_a_city_is_left_in_english_alone(tmp_path: Path, old: str, new: str) -> None:
    if old not in GOOD:
        old, new = "[city]", '[city]\ntimezone = "Asia/Qufu"'
    with pytest.raises(FileError) as caught:
        load_profile(write(tmp_path, GOOD.replace(old, new)))
    for en, zh in zip(str(caught.value).splitlines()[1:], caught.value.zh.splitlines()[1:], strict=True):
        assert any("\u4e00" <= c <= "\u9fff" for c in zh), (en, zh)
