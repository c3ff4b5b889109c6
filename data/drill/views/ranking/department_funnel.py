"""Each department's share late against its number of due cases, with control limits, and the ranking's own verdict."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.views.ranking import department_score
from data.drill.views.ranking.department_score import BASIS_NAMES
from data.facts.rows import RowSets
from data.metrics.evaluation.department_score import BASES, METRIC, scored, verdicts, with_kept
from data.metrics.evaluation.scored_cases import whole_share
from data.query.needs import DEPARTMENT, DUE, END, Requires
from data.statistics import funnel
from data.statistics.distributions import binomial_limits, percent
from data.statistics.ranking import MIN_RANKED
from data.text import Text
from data.types.records import Record


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per department with due cases, in the city's order: ``n`` due, ``late``, ``share`` %, and common to all: ``p0``
    % (the share of all that the viewer may see) and ``phi``.

    ``low95`` ..  ``high95`` and ``low998`` ..  ``high998`` %: p0 -+ z sqrt(p0 (1 - p0) / n), z 1.96 and 3.09, widened by
    sqrt(phi) if departments with at least 20 due cases vary clearly more than by chance.  ``band`` and ``basis``: the verdict of
    the ranking, which adjusts for case mix while the limits do not."""
    found, p0 = with_kept(scored(rows, choice.city).found, rows, choice.city, choice.now), whole_share(rows, choice.city)
    m = found.mix
    some = np.flatnonzero(m.cases > 0)
    n, late = m.cases[some], m.hits[some]
    enough, open_ = n >= MIN_RANKED, 0 < p0 < 1
    phi = funnel.overdispersion(funnel.departures(late[enough], n[enough], p0)) if open_ and enough.any() else 1.0
    limits: Record = {}
    for name, z in (("95", funnel.Z95), ("998", funnel.Z998)):
        low, high = binomial_limits(p0 if open_ else 0.0, n, z * np.sqrt(phi))
        limits |= {f"low{name}": 100 * low if open_ else np.nan, f"high{name}": 100 * high if open_ else np.nan}
    share = percent(late, n)
    frame = pd.DataFrame(
        {
            "department": [choice.city.profile.departments[i].code for i in some],
            "n": n,
            "late": late,
            "share": share,
            "p0": 100 * p0,
            **limits,
            "phi": phi,
        }
    )
    frame["band"], frame["basis"] = verdicts(found)[some], [BASES[b] for b in found.basis[some]]
    return frame[[f.name for f in DRILL.fields]]


def limits(p0: float, phi: float, most: float, points: int = 80) -> pd.DataFrame:
    """The limits as curves: ``n`` from one due case to ``most`` (evenly by its square root), with ``low95`` .. ``high95``,
    ``low998`` .. ``high998`` %, around the overall share ``p0`` %, widened by sqrt(``phi``); empty if ``p0`` is 0 or 100."""
    if not 0 < p0 < 100:
        return pd.DataFrame({name: np.zeros(0) for name in ("n", "low95", "high95", "low998", "high998")})
    n = np.linspace(1.0, np.sqrt(most), points) ** 2
    out = {"n": n}
    for name, z in (("95", funnel.Z95), ("998", funnel.Z998)):
        low, high = binomial_limits(p0 / 100, n, z * np.sqrt(phi))
        out |= {f"low{name}": 100 * low, f"high{name}": 100 * high}
    return pd.DataFrame(out)


def few(n: float) -> bool:
    """Whether ``n`` due cases are too few for a verdict."""
    return n < MIN_RANKED


DRILL = Drill(
    id="department_funnel",
    title=Text(zh="超期占比漏斗", en="Funnel of lateness"),
    unit=Text(zh="超期占比 % · 应结案件数", en="share late % · cases due"),
    definition=Text(
        zh="每个部门的超期占比与应结案件数；虚线为可见范围全部的占比，内外两线为 95% 与 99.8% 界限（正态近似）；各部门的"
        "离散明显大于偶然时，界限按 10% 缩尾的 φ 放宽（Spiegelhalter 2005）；界限未按案件构成调整，本身不作判定：颜色与"
        "判定取自部门排名；空心为不足 20 件",
        en="Each department's share late against its cases due; dashed the share of all that you may see, the lines its "
        "95 % and 99.8 % limits (normal approximation), widened by phi (z^2 winsorised at 10 %, Spiegelhalter 2005) "
        "where departments scatter clearly more than chance. The limits are not adjusted for the mix of cases and are no "
        "verdict: colours and verdicts are the ranking's; hollow: under 20 cases",
    ),
    fields=(
        Field("department", Text(zh="部门", en="department"), "department"),
        Field("n", Text(zh="应结案", en="due"), "count"),
        Field("late", Text(zh="超期", en="late"), "count"),
        Field("share", Text(zh="超期占比", en="share late"), "share"),
        Field("p0", Text(zh="全部", en="of all"), "share"),
        Field("low95", Text(zh="95%下限", en="95 % low"), "share"),
        Field("high95", Text(zh="95%上限", en="95 % high"), "share"),
        Field("low998", Text(zh="99.8%下限", en="99.8 % low"), "share"),
        Field("high998", Text(zh="99.8%上限", en="99.8 % high"), "share"),
        Field("phi", Text(zh="φ", en="phi"), "decimal"),
        Field("band", Text(zh="判定", en="verdict"), "verdict"),
        Field("basis", Text(zh="与谁比", en="held against"), "text", names=BASIS_NAMES),
    ),
    select=department_score.DRILL.select,
    compute=compute,
    like=METRIC.id,
    requires=(Requires((DEPARTMENT, DUE, END)),),
)
