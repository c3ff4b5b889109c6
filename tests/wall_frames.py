"""Hand-made frames of one snapshot of every metric, after the numbers of the look's first picture."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd

from data.city.city import City, Grid
from data.city.profile import load_profile

AS_OF = 1_795_401_727_000  # 2026-11-23 10:42:07 in China
NAN = math.nan


def city() -> City:
    profile = load_profile("qufu")
    areas = profile.areas
    return City(
        profile,
        Grid(
            code=tuple(a.code for a in areas),
            name=tuple(a.name for a in areas),
            level=np.ones(len(areas), np.int16),
            parent=np.full(len(areas), -1, np.int32),
            population=np.full(len(areas), 50_000, np.int32),
        ),
    )


def _kpis() -> pd.DataFrame:
    def row(
        kpi: str,
        value: float,
        usual: float,
        low: float,
        high: float,
        verdict: int,
        history: list[float],
        of: tuple[float, float] = (NAN, NAN),
    ) -> dict[str, Any]:
        return {
            "kpi": kpi,
            "value": value,
            "numerator": of[0],
            "denominator": of[1],
            "usual": usual,
            "usual_low": low,
            "usual_high": high,
            "verdict": verdict,
            "history": history,
        }

    return pd.DataFrame(
        [
            row("reported", 158, 133, 115, 151, 1, [130, 124, 112, 104, 140, 138, 133, 128, 131, 127, 110, 101, 149, 138]),
            row("closed", 84, 82, 70, 94, 0, [80, 84, 78, 66, 58, 90, 88, 84, 80, 86, 62, 60, 88, 85]),
            row("open", 995, 962, 905, 1020, 0, [940, 930, 925, 960, 955, 970, 966, 981, 975, 978, 950, 960, 985, 990]),
            row("overdue", 176, 158, 142, 172, 1, [150, 148, 152, 151, 155, 150, 153, 158, 160, 157, 162, 165, 168, 171]),
            row(
                "on_time",
                88.34,
                88.7,
                85.2,
                91.5,
                0,
                [90, 91, 90, 89, 89.5, 88, 89, 88.5, 88, 89, 87, 88, 88.5, 88],
                (8311, 9412),
            ),
        ]
    )


def _stages() -> pd.DataFrame:
    rows = [
        ("report", 10, 0, 14 / 60, 6, 158, 154, 0, 2486, 100.0, 3, 14),
        ("accept", 10, 1, 1.87, 9, 154, 149, 4, 2481, 99.8, 5, 15),
        ("verify", 36, 3, 5.1, 31, 149, 138, 6, 2447, 98.4, 26, 44),
        ("register", 14, 1, 2.67, 12, 138, 136, 0, 2318, 93.2, 8, 19),
        ("dispatch", 26, 4, 7.25, 22, 143, 139, 0, 2309, 92.9, 16, 32),
        ("handle", 730, 128, 40 * 24.5, 724, 144, 138, 0, 2291, 92.2, 670, 765),
        ("inspect", 146, 37, 145, 108, 131, 93, 0, 1862, 74.9, 82, 112),
        ("close", 23, 2, 26, 19, 88, 84, 0, 1771, 71.2, 12, 30),
        ("revisit", 208, 11, 290, 203, 84, 79, 0, 1436, 57.8, 180, 240),
    ]
    names = (
        "stage",
        "open",
        "overdue",
        "oldest_h",
        "opening",
        "inflow",
        "outflow",
        "exits",
        "cohort",
        "cohort_share",
        "usual_low",
        "usual_high",
    )
    frame = pd.DataFrame([dict(zip(names, r, strict=True)) for r in rows])
    frame["closing"] = frame["open"]
    frame["hung"] = 0
    frame["entries"] = frame["cohort"]
    frame["usual"] = (frame["usual_low"] + frame["usual_high"]) / 2
    return frame


def _departments() -> pd.DataFrame:
    rows = [
        ("market", 4.6, 4.2, 5.1, 712, -1),
        ("enforcement", 5.1, 4.9, 5.3, 2868, -1),
        ("police", 5.4, 4.8, 6.2, 538, -1),
        ("health", 6.9, 5.9, 7.9, 301, 0),
        ("transport", 7.4, 6.7, 8.2, 804, 0),
        ("emergency", 7.8, 6.2, 9.6, 164, 0),
        ("civil", 8.2, 6.9, 10.0, 233, 0),
        ("labour", 9.0, 8.0, 10.1, 512, 0),
        ("water", 13.2, 11.4, 15.2, 476, 1),
        ("housing", 14.8, 13.4, 16.2, 1617, 1),
        ("land", 21.5, 18.0, 26.1, 391, 1),
        ("ecology", 24.3, 20.5, 28.8, 402, 1),
    ]
    out: list[dict[str, Any]] = []
    for measure, scale in (("complete", 60.0), ("first", 9.0)):
        for place, (code, m, lo, hi, n, band) in enumerate(rows, 1):
            out.append(
                {
                    "measure": measure,
                    "department": code,
                    "n": n,
                    "done": n - 30,
                    "waiting": 30,
                    "median_min": m * scale,
                    "low_min": lo * scale,
                    "high_min": hi * scale,
                    "p90_min": 3 * m * scale,
                    "rmst_min": 1.3 * m * scale,
                    "tau_min": 6300.0,
                    "p": 0.5 if band == 0 else 0.001,
                    "on_time": 96.0 - m,
                    "on_time_n": n,
                    "band": band,
                    "place": place,
                }
            )
        out.append(
            {
                "measure": measure,
                "department": "culture",
                "n": 14,
                "done": 10,
                "waiting": 4,
                "median_min": 300.0,
                "low_min": NAN,
                "high_min": NAN,
                "p90_min": NAN,
                "rmst_min": 300.0,
                "tau_min": 6300.0,
                "p": NAN,
                "on_time": NAN,
                "on_time_n": 14,
                "band": 2,
                "place": NAN,
            }
        )
        out.append(
            {
                "measure": measure,
                "department": "",
                "n": 9412,
                "done": 9018,
                "waiting": 394,
                "median_min": 7.6 * scale,
                "low_min": 7.4 * scale,
                "high_min": 7.8 * scale,
                "p90_min": 30 * scale,
                "rmst_min": 9 * scale,
                "tau_min": 6300.0,
                "p": NAN,
                "on_time": 88.3,
                "on_time_n": 9000,
                "band": 0,
                "place": NAN,
            }
        )
    return pd.DataFrame(out)


def frames() -> dict[str, pd.DataFrame]:
    """One snapshot of every metric, after the numbers of the look's first picture."""
    usual = [2, 1, 1, 1, 1, 3, 6, 12, 28, 44, 45, 30, 14, 16, 35, 38, 33, 26, 20, 15, 12, 9, 5, 3]
    today = [2, 1, 1, 2, 1, 4, 9, 19, 37, 47, 35]
    channels = [
        ("hotline", 64, 56, 46, 63, 8, False),
        ("grid_app", 58, 50, 42, 62, 11, False),
        ("minyi5", 14, 15, 10, 17, 900, False),
        ("online", 9, 12, 8, 16, 1080, True),
        ("video", 8, 9, 7, 13, 640, False),
        ("mailbox", 3, 3, 1, 5, 4000, False),
        ("petition", 2, 2, 0, 4, 9000, False),
        ("mediation", 1, 1, 0, 3, 30000, False),
        ("police", 1, 1, 0, 2, 5000, False),
    ]
    top = [
        ("litter", 231, 220, 190, 262, 6.1),
        ("consumer", 176, 181, 150, 210, 9.9),
        ("stall", 160, 158, 131, 180, 5.0),
        ("heating", 131, 80, 60, 95, 18.2),
        ("parking", 129, 140, 117, 165, 4.2),
        ("public_order", 118, 121, 99, 140, 7.7),
        ("road_dirt", 117, 118, 100, 140, 3.3),
    ]
    overdue = [
        ("QF-261013-0417", "handle", "land", "370881110", 20.4),
        ("QF-261019-0102", "handle", "housing", "370881002", 14.1),
        ("QF-261026-0288", "handle", "enforcement", "370881108", 11.7),
        ("QF-261029-0355", "handle", "water", "370881103", 10.0),
        ("QF-261101-0061", "inspect", "ecology", "370881102", 6.2),
        ("QF-261104-0208", "handle", "market", "370881001", 0.05),
    ]
    return {
        "headline": _kpis(),
        "stage_backlog": _stages(),
        "department_response": _departments(),
        "grid_heat": pd.DataFrame(
            [
                {
                    "code": a.code,
                    "level": 1,
                    "n": 700.0,
                    "need": 700.0,
                    "late": 147.0,
                    "late_share": 21.0,
                    "shrunk": 21.0,
                    "rate": 11.3,
                    "few": False,
                    "excess": 0.0,
                }
                for a in city().profile.areas
            ]
        ),
        "hourly_trend": pd.DataFrame(
            [
                {
                    "hour": h,
                    "today": float(today[h]) if h < len(today) else NAN,
                    "partial": h == 10,
                    "usual": float(u),
                    "usual_low": u * 0.55,
                    "usual_high": u * 1.38,
                    "so_far": 37.0 if h == 10 else NAN,
                    "so_far_low": 22.0 if h == 10 else NAN,
                    "so_far_high": 53.0 if h == 10 else NAN,
                }
                for h, u in enumerate(usual)
            ]
        ),
        "channel_mix": pd.DataFrame(
            [
                {
                    "channel": c,
                    "n": float(n),
                    "share": n / 1.6,
                    "usual": float(u),
                    "usual_low": float(a),
                    "usual_high": float(b),
                    "newest_ms": AS_OF - s * 1000,
                    "silent": quiet,
                }
                for c, n, u, a, b, s, quiet in channels
            ]
        ),
        "category_top": pd.DataFrame(
            [
                {
                    "category": c,
                    "network": "urban",
                    "n": float(n),
                    "usual": float(u),
                    "usual_low": float(a),
                    "usual_high": float(b),
                    "late_share": late,
                    "masked": False,
                }
                for c, n, u, a, b, late in top
            ]
            + [
                {
                    "category": "sensitive",
                    "network": "",
                    "n": NAN,
                    "usual": NAN,
                    "usual_low": NAN,
                    "usual_high": NAN,
                    "late_share": NAN,
                    "masked": True,
                }
            ]
        ),
        "oldest_overdue": pd.DataFrame(
            [
                {
                    "case_number": n,
                    "category": "litter",
                    "stage": s,
                    "department": d,
                    "area": a,
                    "due_ms": AS_OF,
                    "over_days": o,
                    "total": 176,
                }
                for n, s, d, a, o in overdue
            ]
        ),
        "deadlines": pd.DataFrame(
            {
                "hour": [1, 2, 3, 4],
                "n": [3, 5, 9, 6],
                "first_ms": [AS_OF + m * 60_000.0 for m in (18, 64, 131, 190)],
                "late": [1.8, 1.5, 1.8, 0.6],
            }
        ),
        "exceptions": pd.DataFrame(
            [
                {
                    "rank": 1,
                    "kind": "stage",
                    "code": "inspect",
                    "severity": "act",
                    "observed": 146.0,
                    "usual": 97.0,
                    "low": 82.0,
                    "high": 112.0,
                    "owner": "",
                    "area": "",
                    "came": 131.0,
                    "left": 93.0,
                    "pace_in": 78.0,
                    "pace_out": 41.0,
                    "overdue": 37.0,
                    "since_ms": NAN,
                },
                {
                    "rank": 2,
                    "kind": "category",
                    "code": "heating",
                    "severity": "watch",
                    "observed": 31.0,
                    "usual": 13.0,
                    "low": 8.0,
                    "high": 19.0,
                    "owner": "housing",
                    "area": "370881002",
                    "in_area": 22.0,
                    "since_ms": NAN,
                },
                {
                    "rank": 3,
                    "kind": "area",
                    "code": "370881108",
                    "severity": "watch",
                    "observed": 21.0,
                    "usual": 11.7,
                    "low": NAN,
                    "high": 15.2,
                    "owner": "",
                    "area": "370881108",
                    "late": 147.0,
                    "need": 700.0,
                    "expected_share": 12.4,
                    "since_ms": NAN,
                },
            ]
        ),
        "throughput": pd.DataFrame(
            [
                {
                    "cases": 1434,
                    "closed": 1300,
                    "open": 134,
                    "median_s": 5.1 * 86400,
                    "mean_s": 12.9 * 86400,
                    "mean_within_s": 412 * 86400,
                    "deadline_cases": 1191,
                    "deadline_met": 1100,
                    "deadline_missed": 91,
                    "without_end": 134,
                }
            ]
        ),
    }


def as_json(drawing: Any) -> str:
    """JSON text of components, figures and plain values, for comparing and searching."""
    return json.dumps(
        drawing, default=lambda o: o.to_plotly_json() if hasattr(o, "to_plotly_json") else o.tolist(), ensure_ascii=False
    )
