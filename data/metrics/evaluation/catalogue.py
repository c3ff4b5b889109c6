"""The indicators one by one: numerator, denominator, and the data each needs.

One list, and longer than other files for that reason: it is read entry by entry, and splitting it would only scatter it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, false, func, literal, or_, true

from data.access.viewer import Viewer
from data.city.city import City
from data.city.limits import natural_ms
from data.facts.schema import EVENT, VISIT
from data.metrics.evaluation.dispatched import dispatches, first_dispatches
from data.query import conditions
from data.query.needs import CHANNEL, DUE, END, STAGES, Need, all_of, any_of
from data.text import Text
from data.types.sql import AnySelect

DEFAULT_BACK = timedelta(days=30)
#: Lowest satisfaction (1 .. 5) of a call-back that counts as satisfied.
SATISFIED = 4
EVERY = timedelta(seconds=60)
Condition = ColumnElement[bool]
#: Condition on a case or visit at an instant (ms), in a city.
Judge = Callable[[int, City], Condition]


@dataclass(frozen=True)
class Indicator:
    """``number`` is the catalogue's.  ``cohort``: the instant that must lie in the window, of cases, or of visits in ``stage``;
    "" = what is open now; ``among`` restricts it.  Share of ``top`` in ``bottom``, which excludes the undecided (None: a count,
    of all cases of the window, or of the overdue among the open ones).  ``rows``: a statement that replaces these, of ``area``,
    ``n``, ``bottom``, ``top``.  ``timed``: for visits, exclude cases closed before their report: their visits have no length and
    would all be "in time".  ``needs``: what must be delivered for it to have a value."""

    id: str
    number: int
    name: Text
    formula: Text
    open_cases: Text
    cohort: str
    top: Judge
    bottom: Judge | None = None
    stage: str = ""
    standard: str = "GB/T 30428.4"
    among: Judge | None = None
    rows: Callable[[Viewer, City, int, int, int], AnySelect] | None = None
    timed: bool = False
    needs: tuple[Need, ...] = field(kw_only=True)

    @property
    def is_share(self) -> bool:
        return self.bottom is not None

    @property
    def definition(self) -> Text:
        """Formula, treatment of open cases, and the standard, as shown behind a panel's "i"."""
        return Text(
            zh=f"{self.formula.zh}；{self.open_cases.zh}（{self.standard}）",
            en=f"{self.formula.en}; {self.open_cases.en} ({self.standard})",
        )


def _decided(at: int, city: City) -> Condition:
    """Registered, or ended without registration: cancelled (不予立案).  A case merged into another is decided there."""
    c = EVENT.c
    return or_(c.registered_at <= at, and_(c.outcome == conditions.CANCELLED, c.closed_at <= at))


def _kept(at: int) -> Condition:
    """Not cancelled or merged by ``at``: those no longer count as cases of the register."""
    c = EVENT.c
    return or_(c.outcome.not_in((conditions.CANCELLED, conditions.MERGED)), c.closed_at.is_(None), c.closed_at > at)


def _inspected(at: int, city: City) -> Condition:
    """Its inspection was decided: it failed once, or went on to the closing stage."""
    close = city.profile.stage_index("close")
    passed: Condition = EVENT.c.reached.op("&")(literal(1 << close)) != 0 if close >= 0 else false()
    return or_(EVENT.c.reworks > 0, passed, conditions.archived(at))


def _disposed(at: int, city: City) -> Condition:
    """The visit in handling ended by going on; one sent back, cancelled, merged or transferred does not count as disposed of."""
    c = VISIT.c
    back = [i for i in (city.profile.stage_index("dispatch"),) if i >= 0]
    return and_(c.left_at <= at, c.exit.in_((1, 2)), c.rework == 0, *[c.next_stage != i for i in back])


def _need_dispose(at: int, city: City) -> Condition:
    c = VISIT.c
    stands = or_(c.left_at.is_(None), c.left_at > at)
    return and_(c.rework == 0, c.due_at.is_not(None), or_(_disposed(at, city), and_(stands, c.due_at < at)))


def _decided_visit(at: int, city: City) -> Condition:
    c = VISIT.c
    left = c.left_at <= at
    return and_(c.due_at.is_not(None), or_(left, c.due_at < at))


def _citizens(at: int, city: City) -> Condition:
    """Reported by the public, not by patrols, cameras or other systems."""
    return conditions.channel_of_kind(city, "citizen")


def _contacted_in_time(at: int, city: City) -> Condition:
    c = EVENT.c
    return and_(c.first_contact_at <= at, c.first_contact_at - c.reported_at <= natural_ms(city.profile.service.first_contact))


def _contact_decided(at: int, city: City) -> Condition:
    c = EVENT.c
    return or_(c.first_contact_at <= at, c.reported_at < at - natural_ms(city.profile.service.first_contact))


_REGISTERED_DUE = (STAGES, *all_of("stage.register"), DUE, END)
_HANDLED_DUE = (STAGES, *all_of("stage.handle"), any_of("transition.due_at", "limit.handle"), END)
INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "reports",
        1,
        Text(zh="上报量", en="Reports"),
        Text(zh="窗口内上报的事件数", en="events reported in the window"),
        Text(zh="全部计入，无论是否办结", en="all of them, ended or not"),
        "reported_at",
        lambda at, city: true(),
        needs=(),
    ),
    Indicator(
        "registration_rate",
        2,
        Text(zh="立案率", en="Registration rate"),
        Text(
            zh="窗口内受理：立案 ÷ 已作决定（立案或不予立案）",
            en="accepted in the window: registered / decided (registered or refused)",
        ),
        Text(zh="未作决定与已并案的不在分母，另列", en="undecided and merged ones are outside and counted apart"),
        "accepted_at",
        lambda at, city: EVENT.c.registered_at <= at,
        _decided,
        needs=(STAGES, *all_of("stage.accept", "stage.register")),
    ),
    Indicator(
        "on_time_registration",
        3,
        Text(zh="按时立案率", en="Registration on time"),
        Text(
            zh="窗口内进入核实：时限内作出决定 ÷（已决定 + 逾期未决定）",
            en="entered verification in the window: decided within its limit / (decided + undecided past it)",
        ),
        Text(zh="逾期未决定算不按时，未到期的不在分母", en="undecided past the limit fail; not yet due are outside"),
        "entered_at",
        lambda at, city: VISIT.c.left_at <= VISIT.c.due_at,
        _decided_visit,
        "verify",
        needs=(STAGES, *all_of("stage.verify"), any_of("transition.due_at", "limit.verify")),
    ),
    Indicator(
        "closure_rate",
        4,
        Text(zh="结案率", en="Closure rate"),
        Text(
            zh="窗口内立案：结案 ÷ 应结案（结案 + 超期未结）",
            en="registered in the window: archive / need_archive (archived + overdue open)",
        ),
        Text(zh="超期未结算未结案，未到期与缓办不在分母", en="overdue open ones fail; not yet due and deferred are outside"),
        "registered_at",
        lambda at, city: conditions.archived(at),
        lambda at, city: conditions.need_archive(at),
        needs=_REGISTERED_DUE,
    ),
    Indicator(
        "on_time_closure",
        5,
        Text(zh="按期结案率", en="Closure on time"),
        Text(
            zh="窗口内立案：按期结案 ÷ 应结案（结案 + 超期未结）",
            en="registered in the window: intime_archive / need_archive (archived + overdue open)",
        ),
        Text(
            zh="超期未结算不按期，未到期、缓办与时钟倒走（结案早于上报）的不在分母",
            en="overdue open ones fail; not yet due, deferred and those closed before their report are outside",
        ),
        "registered_at",
        lambda at, city: and_(conditions.archived(at), EVENT.c.closed_at <= EVENT.c.due_at),
        lambda at, city: and_(conditions.need_archive(at), ~func.coalesce(conditions.backwards(), false())),
        needs=_REGISTERED_DUE,
    ),
    Indicator(
        "disposal_rate",
        6,
        Text(zh="处置率", en="Disposal rate"),
        Text(
            zh="窗口内进入办理：已处置 ÷ 应处置（已处置 + 逾期未处置），返工不计",
            en="entered handling in the window: dispose / need_dispose (disposed + undisposed past the limit); rework apart",
        ),
        Text(
            zh="逾期未处置算未处置，未到期、退回与撤销的不在分母",
            en="past the limit fail; not yet due, sent back or ended otherwise are outside",
        ),
        "entered_at",
        _disposed,
        _need_dispose,
        "handle",
        needs=_HANDLED_DUE,
    ),
    Indicator(
        "on_time_disposal",
        7,
        Text(zh="按期处置率", en="Disposal on time"),
        Text(
            zh="窗口内进入办理：按期处置 ÷ 应处置（已处置 + 逾期未处置），返工不计",
            en="entered handling in the window: intime_dispose / need_dispose (disposed + undisposed past it); rework apart",
        ),
        Text(
            zh="逾期未处置算不按期，未到期、退回、撤销与时钟倒走（结案早于上报）的不在分母",
            en="past the limit fail; not yet due, sent back, ended otherwise or closed before their report are outside",
        ),
        "entered_at",
        lambda at, city: and_(_disposed(at, city), VISIT.c.left_at <= VISIT.c.due_at),
        _need_dispose,
        "handle",
        timed=True,
        needs=_HANDLED_DUE,
    ),
    Indicator(
        "overdue_open",
        8,
        Text(zh="超期未结", en="Overdue open"),
        Text(zh="此刻在办且时限已过的事件数（存量）", en="open now with the limit passed (a stock)"),
        Text(zh="就是在办事件；缓办不算，恰在时限不算", en="these are the open ones; deferred are not, nor exactly at the limit"),
        "",
        lambda at, city: conditions.overdue(at),
        needs=(DUE, END),
    ),
    Indicator(
        "rework_rate",
        9,
        Text(zh="返工率", en="Rework rate"),
        Text(
            zh="窗口内进入核查：至少一次核查不通过 ÷ 已有核查结论",
            en="inspected in the window: at least one failed inspection / inspections decided",
        ),
        Text(zh="尚无核查结论的不在分母", en="those not decided yet are outside"),
        "inspected_at",
        lambda at, city: EVENT.c.reworks > 0,
        _inspected,
        needs=(STAGES, *all_of("stage.inspect", "action.fail")),
    ),
    Indicator(
        "first_pass_rate",
        10,
        Text(zh="首次核查通过率", en="First-pass rate"),
        Text(
            zh="1 − 返工率：窗口内进入核查，一次通过 ÷ 已有核查结论",
            en="1 - rework rate: inspected in the window, none failed / inspections decided",
        ),
        Text(zh="尚无核查结论的不在分母", en="those not decided yet are outside"),
        "inspected_at",
        lambda at, city: EVENT.c.reworks == 0,
        _inspected,
        needs=(STAGES, *all_of("stage.inspect", "action.fail")),
    ),
    Indicator(
        "dispatch_accuracy",
        11,
        Text(zh="派遣准确率", en="Dispatch accuracy"),
        Text(
            zh="窗口内的派遣次数（按各次派遣的时刻，同一停留内的按其开始）：未被退回 ÷ 已过可退回时限的派遣",
            en="dispatches made in the window (each at its own instant, those of one visit at its beginning): not sent back /"
            " those older than the return limit",
        ),
        Text(
            zh="仍在可退回时限内的不在分母，另列；时限见城市文件 service.return_within",
            en="those still within the return limit are outside, counted apart; the limit is the city's service.return_within",
        ),
        "entered_at",
        lambda at, city: true(),
        lambda at, city: true(),
        rows=dispatches,
        needs=(STAGES, *all_of("stage.dispatch", "action.return")),
    ),
    Indicator(
        "return_rate",
        12,
        Text(zh="退单率", en="Return rate"),
        Text(zh="窗口内首次派遣：被退回过 ÷ 已派遣", en="first dispatched in the window: sent back at least once / dispatched"),
        Text(zh="在办的与退回后未再派遣的也计入", en="open ones are in both, also those sent back and not dispatched again"),
        "entered_at",
        lambda at, city: EVENT.c.returns > 0,
        lambda at, city: true(),
        rows=first_dispatches,
        needs=(STAGES, *all_of("stage.dispatch", "action.return")),
    ),
    Indicator(
        "extension_rate",
        13,
        Text(zh="延期率", en="Extension rate"),
        Text(
            zh="窗口内立案：延过期 ÷ 立案（去掉作废、并案）",
            en="registered in the window: extended / registered (net of cancelled and merged)",
        ),
        Text(
            zh="在办的也计入；与按期结案率并列，以防以延期换按期",
            en="open ones are in both; read it beside closure on time, which it can flatter",
        ),
        "registered_at",
        lambda at, city: EVENT.c.extended > 0,
        lambda at, city: _kept(at),
        needs=(STAGES, *all_of("stage.register", "action.extend")),
    ),
    Indicator(
        "deferral_rate",
        14,
        Text(zh="缓办率", en="Deferral rate"),
        Text(
            zh="窗口内立案：此刻缓办 ÷ 立案（去掉作废、并案）",
            en="registered in the window: deferred now / registered (net of cancelled and merged)",
        ),
        Text(
            zh="缓办是在办；与按期结案率并列，以防以缓办换按期",
            en="deferred ones are open; read it beside closure on time, which it can flatter",
        ),
        "registered_at",
        lambda at, city: and_(conditions.unended(at), conditions.hung(at)),
        lambda at, city: _kept(at),
        needs=(STAGES, *all_of("stage.register", "action.defer")),
    ),
    Indicator(
        "public_report_rate",
        15,
        Text(zh="监督举报率", en="Public report rate"),
        Text(
            zh="窗口内立案：公众上报且核实属实 ÷ 立案（去掉作废、并案）",
            en="registered in the window: reported by the public and found true / registered (net of cancelled and merged)",
        ),
        Text(zh="在办的也计入", en="open ones are in both"),
        "registered_at",
        lambda at, city: and_(_citizens(at, city), EVENT.c.verified == 1),
        lambda at, city: _kept(at),
        needs=(STAGES, CHANNEL, *all_of("channel.citizen", "stage.register", "event.verified")),
    ),
    Indicator(
        "response_rate",
        16,
        Text(zh="响应率", en="Response rate"),
        Text(
            zh="窗口内公众上报：时限内首次联系 ÷（已联系 + 逾期未联系）",
            en="reported by the public in the window: first contact within the limit / (contacted + not contacted past it)",
        ),
        Text(
            zh="逾期未联系算未响应，未到期的不在分母；时限见城市文件 service.first_contact",
            en="past the limit without contact fail, not yet due are outside; the limit is the city's service.first_contact",
        ),
        "reported_at",
        _contacted_in_time,
        _contact_decided,
        standard="GB/T 33358",
        among=_citizens,
        needs=(CHANNEL, *all_of("channel.citizen", "event.first_contact_at")),
    ),
    Indicator(
        "resolution_rate",
        17,
        Text(zh="解决率", en="Resolution rate"),
        Text(zh="窗口内结案：回访称已解决 ÷ 有效回访", en="settled in the window: said to be solved / valid call-backs"),
        Text(zh="未回访的不在分母；与回访覆盖率并列", en="those not called back are outside; read it beside the coverage"),
        "closed_at",
        lambda at, city: EVENT.c.resolved == 1,
        lambda at, city: and_(conditions.archived(at), EVENT.c.resolved.is_not(None)),
        standard="GB/T 33357",
        needs=(END, *all_of("event.resolved")),
    ),
    Indicator(
        "satisfaction_rate",
        18,
        Text(zh="满意率", en="Satisfaction rate"),
        Text(zh="窗口内结案：满意（4、5 分）÷ 有效回访", en="settled in the window: satisfied (4 or 5 of 5) / valid call-backs"),
        Text(zh="未回访的不在分母；与回访覆盖率并列", en="those not called back are outside; read it beside the coverage"),
        "closed_at",
        lambda at, city: EVENT.c.satisfaction >= SATISFIED,
        lambda at, city: and_(conditions.archived(at), EVENT.c.satisfaction.is_not(None)),
        standard="GB/T 33357",
        needs=(END, *all_of("event.satisfaction")),
    ),
    Indicator(
        "callback_coverage",
        18,
        Text(zh="回访覆盖率", en="Call-back coverage"),
        Text(zh="窗口内结案：有效回访 ÷ 结案", en="settled in the window: valid call-backs / settled"),
        Text(zh="只看已结案的", en="settled ones alone"),
        "closed_at",
        lambda at, city: EVENT.c.satisfaction.is_not(None),
        lambda at, city: conditions.archived(at),
        standard="GB/T 33357",
        needs=(END, *all_of("event.satisfaction")),
    ),
    Indicator(
        "repeat_rate",
        19,
        Text(zh="重复诉求率", en="Repeat rate"),
        Text(
            zh="窗口内上报：关联到更早同一诉求 ÷ 上报",
            en="reported in the window: linked to an earlier one of the same matter / reported",
        ),
        Text(zh="全部计入", en="all of them"),
        "reported_at",
        lambda at, city: EVENT.c.linked > 0,
        lambda at, city: true(),
        standard="GB/T 33357",
        needs=all_of("event.linked_to"),
    ),
    Indicator(
        "own_grid_rate",
        29,
        Text(zh="小事一格解决率", en="Minor matters settled in their own cell"),
        Text(
            zh="窗口内上报的轻微事件（1 级）：未经派遣即结案 ÷ 结案",
            en="minor cases (level 1) reported in the window: settled without any dispatch / settled",
        ),
        Text(zh="只看已结案的；在办与作废、并案的另列", en="settled ones alone; open, cancelled and merged ones apart"),
        "reported_at",
        lambda at, city: or_(EVENT.c.dispatched_at.is_(None), EVENT.c.dispatched_at > at),
        lambda at, city: conditions.archived(at),
        standard="GB/T 34300",
        among=lambda at, city: EVENT.c.severity == 1,
        needs=(STAGES, END, *all_of("stage.dispatch", "event.severity")),
    ),
)
