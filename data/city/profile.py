"""A city's file (``data/cities/<id>.toml``): typed, frozen; rejected with all its faults, their places and remedies.

It is longer than most files, since it is the schema of one file, class by class, and is read as a whole.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from data.city import toml_files
from data.city.field_errors import fault_of
from data.city.limits import Limit, LimitField, NaturalField
from data.city.map_setting import MapSetting
from data.city.profile_errors import cross_faults
from data.city.shifts import DEFAULT as SHIFTS
from data.city.shifts import checked as checked_shifts
from data.city.shifts import checked_night
from data.city.wall_setting import WallSetting
from data.errors import FieldError, FileError
from data.text import Text

CITIES = Path(__file__).parents[1] / "cities"
_CODE = re.compile(r"\w[\w.-]*")  # letters of any script

Role = Literal["", "report", "accept", "verify", "register", "dispatch", "handle", "inspect", "close", "revisit"]


def _code(value: str) -> str:
    if not _CODE.fullmatch(value):
        raise FieldError(
            f"{value!r} is not a code; use letters, digits, '_', '-' and '.'",
            f"{value!r} 不是代码，请用字母、数字、“_”、“-”和“.”",
        )
    return value


Code = Annotated[str, AfterValidator(_code)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Coded(_Part):
    """A member of one of the city's lists.  ``example`` marks what the city's own documents do not name (示例)."""

    code: Code
    name: Text
    example: bool = False


class CityHead(_Part):
    id: Code
    code: str  # GB/T 2260
    name: Text
    title: Text  # shown in the wall's corner
    whole: Text = Text(zh="全市", en="city")  # what its parts are compared with: 全市, 全区
    timezone: str = "Asia/Shanghai"
    country: str = "CN"  # whose statutory holidays; "" = none
    case_prefix: str = ""
    center: tuple[float, float] | None = None  # lon, lat of the demo geography
    demo: bool = False  # True = every screen says 演示数据
    population: int | None = None
    population_basis: Text | None = None  # e.g. 估计


class Level(Coded):
    """A level of the grid, counted down from the one just below the city (1); ``count`` is what the city states."""

    count: int | None = None
    sample: Text | None = None  # name pattern of the demo's cells; a run of # is the cell's number


class Area(Coded):
    """A grid cell that the city names (towns); deeper cells come from the source."""

    level: Code
    population: int | None = None
    place: tuple[float, float] | None = None  # in the demo's schematic geography: x, y in -1 .. 1 of its half sizes
    size: float = 1.0  # its relative extent there, 1 = usual
    urban: bool = False


class Stage(Coded):
    limit: LimitField | None = None
    post: Text | None = None  # who is responsible for it: the owner of an exception about it
    after_close: bool = False  # True = holds closed cases (回访), not counted as "open"
    role: Role = ""


class Step(Coded):
    """A step of the city's own shorter view of the loop: a group of stages.  Every stage belongs to one step."""

    stages: tuple[Code, ...] = Field(min_length=1)


class Member(Coded):
    """A member of a list whose length the city states.  ``pending``: the city does not say what this one is (待配置)."""

    pending: bool = False


class Module(Member):
    aspect: Code | None = None  # the network (方面) that it belongs to, if known


class Network(Coded):
    pass


class Channel(Coded):
    kind: Literal["citizen", "patrol", "system", "other"] = "other"
    expected_every: LimitField | None = None  # how often its feed normally reports
    restricted: bool = False  # counted like any other, but no single case of it is named on a wall
    post: Text | None = None  # who keeps its feed alive
    share: float = 0.02  # of the demo's reports
    only: Code | None = None  # the only category that it carries in the demo


class Moat(Coded):
    channels: tuple[Code, ...] = ()


class Department(Coded):
    networks: tuple[Code, ...] = ()
    pace: float = 1.0  # factor on its handling time in the demo


class Category(Coded):
    network: Code
    limit: LimitField | None = None  # from registration to closure
    sensitive: bool = False
    department: Code | None = None  # who usually handles it
    share: float = 1.0  # relative weight in the demo city


class Hours(_Part):
    slots: tuple[str, ...] = ("08:30-12:00", "14:00-17:30")
    every_day: bool = False  # also on weekends and holidays, as for a round-the-clock service
    overrides: tuple[tuple[date, Literal["holiday", "workday"], str], ...] = ()  # the site's own table, takes precedence
    published: tuple[int, ...] = ()  # years that ``overrides`` covers in full: no longer provisional

    @property
    def minutes_a_day(self) -> int:
        """Work minutes of one workday."""
        ends = [[60 * int(t[:2]) + int(t[3:]) for t in slot.split("-")] for slot in self.slots]
        return sum(end - start for start, end in ends)

    @property
    def round_the_clock(self) -> bool:
        """Work time is natural time."""
        return self.every_day and self.minutes_a_day == 24 * 60


class Service(_Part):
    """Limits used by indicators, besides those of stages and categories; these defaults (示例) if the city sets none."""

    first_contact: NaturalField = Limit(clock="natural_minutes", amount=24 * 60, text="24 hours")  # from the report
    return_within: LimitField = Limit(clock="work_minutes", amount=4 * 60, text="4 work_hours")  # a dispatch may be sent back
    moat_horizon: NaturalField = Limit(clock="natural_days", amount=30, text="30 days")  # open longer: counts as not held back
    device_silent: NaturalField = Limit(clock="natural_minutes", amount=120, text="2 hours")  # this far behind its feed: offline
    false_alarms_per_shift: float = Field(default=1.0, gt=0, le=1)  # expected early warnings on a day without incidents
    rejected_share: float = Field(default=0.05, ge=0, le=1)  # rejected share of a table's rows above which the wall warns


class Alarms(_Part):
    """When an exception becomes an alarm on the screens, and when it ends (``data.alarms.life``)."""

    min_age: NaturalField = Limit(clock="natural_minutes", amount=10, text="10 min")  # its condition must last so long
    clear_after: NaturalField = Limit(clock="natural_minutes", amount=10, text="10 min")  # ... and be over so long
    min_count: int = Field(default=10, ge=1)  # reports, or late cases, below which nothing is an exception
    min_stock: int = Field(default=20, ge=1)  # cases in a stage below which its backlog is none
    pace: LimitField = Limit(clock="work_minutes", amount=4 * 60, text="4 work_hours")  # worked time over which it is judged
    night: Annotated[str, AfterValidator(checked_night)] = "22:00-06:00"  # "" = no night: a service around the clock
    post: Text | None = None  # the owner of what no stage, channel, department or area is responsible for


class Counts(_Part):
    """Number of members that the city states for a list; a file with a longer or shorter list is rejected."""

    levels: int | None = None
    areas: int | None = None
    stages: int | None = None
    steps: int | None = None
    networks: int | None = None
    channels: int | None = None
    moats: int | None = None
    departments: int | None = None
    categories: int | None = None
    functions: int | None = None
    modules: int | None = None


class Surge(_Part):
    area: Code
    category: Code


class Demo(_Part):
    """Incidents in the demo city, and its size."""

    half: tuple[float, float] = (0.172, 0.128)  # half its width and height, degrees of longitude and latitude
    late: Code | None = None  # the area whose cases are late
    surge: Surge | None = None  # a matter reported far more than usual, and where
    silent: Code | None = None  # the channel without reports for a while
    cameras: dict[str, int] = {}  # system -> video feeds


class Scene(_Part):
    """A page of the wall: ``areas`` lays out panel ids as text, one string per row (per shape of screen)."""

    id: Code
    name: Text
    areas: tuple[str, ...]  # 16:9
    broad: tuple[str, ...] = ()  # 21:9 to 8:3; () = as 16:9
    wide: tuple[str, ...] = ()  # 32:9 and wider
    tall: tuple[str, ...] = ()  # portrait
    columns: str = ""  # CSS track sizes of each shape; "" = equal
    rows: str = ""
    broad_columns: str = ""
    broad_rows: str = ""
    wide_columns: str = ""
    wide_rows: str = ""
    tall_columns: str = ""
    tall_rows: str = ""

    @cached_property
    def panels(self) -> tuple[str, ...]:
        """Panel ids in reading order, once each."""
        seen: dict[str, None] = {}
        for row in self.areas + self.broad + self.wide + self.tall:
            for cell in row.split():
                if cell != ".":
                    seen.setdefault(cell)
        return tuple(seen)


class Profile(_Part):
    """One city.  The order of its lists matters: it is the order on the screens, and the facts store positions."""

    city: CityHead
    levels: tuple[Level, ...] = ()
    areas: tuple[Area, ...] = ()
    stages: tuple[Stage, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = ()
    networks: tuple[Network, ...] = ()
    channels: tuple[Channel, ...] = ()
    moats: tuple[Moat, ...] = ()
    departments: tuple[Department, ...] = ()
    categories: tuple[Category, ...] = ()
    feeds: tuple[Coded, ...] = ()  # device systems and families of vital signs: their names
    functions: tuple[Member, ...] = ()  # functions in the command centre (高频事项)
    modules: tuple[Module, ...] = ()  # of the city's platform (功能模块)
    counts: Counts = Counts()
    demo: Demo = Demo()
    map: MapSetting = MapSetting()
    wall: WallSetting = WallSetting()
    hours: Hours = Hours()
    shifts: Annotated[tuple[str, ...], AfterValidator(checked_shifts)] = SHIFTS  # duty shifts: one whole day
    service: Service = Service()
    alarms: Alarms = Alarms()
    windows: dict[str, LimitField] = {}  # metric id -> length of its window, if not its default
    scenes: tuple[Scene, ...] = Field(min_length=1)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.city.timezone)

    @cached_property
    def fingerprint(self) -> str:
        """Changes when anything changes that the facts depend on (not names, scenes, windows or demo settings)."""
        kept = self.model_dump(mode="json", exclude=dict.fromkeys(_OF_NO_FACT, True))
        return hashlib.sha256(repr(_without_names(kept)).encode()).hexdigest()[:16]

    def stage_index(self, role: str) -> int:
        """Position of the stage with ``role`` ("dispatch", "handle" ...); -1 if the city has none."""
        return next((i for i, s in enumerate(self.stages) if (s.role or s.code) == role), -1)

    @cached_property
    def open_stages(self) -> tuple[int, ...]:
        """Positions of the stages that hold open cases: not the call-back stage (回访)."""
        return tuple(i for i, s in enumerate(self.stages) if not s.after_close)

    def scene(self, scene_id: str) -> Scene | None:
        return next((s for s in self.scenes if s.id == scene_id), None)


#: Lists and member keys that the facts do not depend on.
_OF_NO_FACT = (
    "scenes",
    "moats",
    "windows",
    "service",
    "alarms",
    "shifts",
    "steps",
    "feeds",
    "functions",
    "modules",
    "counts",
    "demo",
    "map",
    "wall",
)
_OF_NO_PART = ("name", "title", "whole", "sample", "place", "size", "urban", "share", "only", "pace", "post")


def _without_names(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_names(v) for k, v in sorted(value.items()) if k not in _OF_NO_PART}
    return [_without_names(v) for v in value] if isinstance(value, list) else value


def load_profile(city: str | Path) -> Profile:
    """Read a city by id (a file of ``data/cities``) or path.  Raises FileError with all faults of the file."""
    path = toml_files.find("city", city, CITIES)
    raw = toml_files.read(path)
    whole = cross_faults(raw)
    try:
        profile = Profile.model_validate(raw)
    except ValidationError as error:
        raise FileError(str(path), [fault_of(e, Profile) for e in error.errors()] + whole) from None
    if whole:
        raise FileError(str(path), whole)
    return profile.model_copy(update={"map": profile.map.beside(Path(path).parent)})
