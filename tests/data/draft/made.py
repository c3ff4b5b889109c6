"""Files as cities export them, made up here from a seed: nobody's data, with what such files hold of oddities."""

from __future__ import annotations

import csv
import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook

HEADER = (
    "工单编号",
    "诉求人姓名",
    "联系电话",
    "诉求内容",
    "来源渠道",
    "事项大类",
    "事项小类",
    "所属街道",
    "承办单位",
    "紧急程度",
    "上报时间",
    "受理时间",
    "派遣时间",
    "办理时间",
    "办结时间",
    "结案时间",
    "办理期限",
    "工单状态",
    "是否解决",
    "满意度",
    "经度",
    "纬度",
)
STAMPS = ("上报时间", "受理时间", "派遣时间", "办理时间", "办结时间", "结案时间")
_KINDS = {"市容环境": ("暴露垃圾", "占道经营", "小广告"), "公共设施": ("路灯损坏", "井盖缺失"), "噪声扰民": ("施工噪声", "其他")}
UNITS = ("城管局", "住建局", "生态环境局", "城东街道办", "供电公司")
_FULL_WIDTH = str.maketrans("0123456789:-/", "０１２３４５６７８９：－／")


def work_orders(n: int = 2000, seed: int = 5) -> list[dict[str, Any]]:
    """``n`` work orders of sixty days; times are datetimes or None."""
    draw = random.Random(seed)
    rows = []
    for i in range(n):
        at = datetime(2026, 6, 1, 0, 0, 7) + timedelta(seconds=draw.randrange(60 * 86_400))
        reached = draw.choices(range(1, 7), (2, 3, 6, 9, 5, 75))[0]
        stamps: list[datetime | None] = []
        for k in range(6):
            stamps.append(at if k < reached else None)
            at += timedelta(seconds=draw.randrange(60, (600, 3600, 7200, 90_000, 200_000, 600)[k]))
        status = "已结案" if reached == 6 else "处理中" if reached > 2 else "待受理"
        if reached == 6 and draw.random() < 0.03:
            status = "已作废"
        elif reached == 6 and draw.random() < 0.02:
            status = "重复工单"
        kind = draw.choice(list(_KINDS))
        rows.append(
            {
                "工单编号": f"GD2026{i:06d}",
                "诉求人姓名": draw.choice(("王芳", "李强", "张伟")),
                "联系电话": f"138{draw.randrange(10**8):08d}",
                "诉求内容": f"反映门口{draw.choice(_KINDS[kind])}问题，望尽快处理，谢谢，编号{i}",
                "来源渠道": draw.choice(("12345热线", "微信", "网格员上报", "视频 AI")),
                "事项大类": kind,
                "事项小类": draw.choice(_KINDS[kind]),
                "所属街道": draw.choice(("城东街道", "城西街道", "河口镇", "开发区（北）")),
                "承办单位": draw.choice(UNITS) if reached >= 3 else None,
                "紧急程度": draw.choice(("一般", "一般", "紧急", "特急")),
                **dict(zip(STAMPS, stamps, strict=True)),
                "办理期限": (stamps[0] or at) + timedelta(days=draw.choice((1, 2, 5))),
                "工单状态": status,
                "是否解决": draw.choice(("是", "是", "否")) if status == "已结案" else None,
                "满意度": draw.choice(("非常满意", "满意", "基本满意", "不满意"))
                if status == "已结案" and draw.random() < 0.5
                else None,
                "经度": round(116.9 + draw.random() / 10, 6),
                "纬度": round(35.5 + draw.random() / 10, 6),
            }
        )
    return rows


def write_workbook(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A title over a merged header, notes on the first sheet, serial numbers and texts among the dates."""
    book = Workbook()
    notes = book.active
    assert notes is not None
    notes.title = "填表说明"
    notes.append(["字段", "说明"])
    notes.append(["上报时间", "群众来电的时间"])
    sheet = book.create_sheet("工单明细")
    sheet.append(["××市社会治理工单导出（2026 年 6–7 月）"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(HEADER))
    sheet.append(list(HEADER))
    zero = datetime(1899, 12, 30)
    for i, row in enumerate(rows):
        cells = [row[h] for h in HEADER]
        at = HEADER.index("上报时间")
        if i % 5 == 1:
            cells[at] = (row["上报时间"] - zero) / timedelta(days=1)  # a serial that nobody formatted
        elif i % 5 == 2:
            cells[at] = row["上报时间"].strftime("%Y年%m月%d日 %H:%M:%S")
        sheet.append(cells)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def odd_time(at: datetime | None, i: int) -> str:
    """As exports write it: no leading zeros, full-width digits, midnight as 24:00:00 of the day before."""
    if at is None:
        return "9999-12-31 00:00:00" if i % 3 == 0 else ""
    if (at.hour, at.minute, at.second) == (0, 0, 0):
        return f"{at - timedelta(days=1):%Y/%m/%d} 24:00:00"
    plain = f"{at.year}/{at.month}/{at.day} {at.hour}:{at:%M:%S}"
    return plain.translate(_FULL_WIDTH) if i % 50 == 3 else plain


def write_gbk(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for i, row in enumerate(rows):
            writer.writerow(
                [odd_time(row[h], i) if h in (*STAMPS, "办理期限") else "" if row[h] is None else row[h] for h in HEADER]
            )
    return path


def write_requests(path: Path, n: int = 800, seed: int = 11) -> Path:
    """Service requests with points, some of them at (0, 0), and a GeoJSON file of four neighbourhoods beside."""
    draw = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            (
                "service_request_id",
                "requested_datetime",
                "closed_date",
                "status",
                "agency_name",
                "service_name",
                "source",
                "address",
                "latitude",
                "longitude",
            )
        )
        for i in range(n):
            at = datetime(2017, 3, 1, 6) + timedelta(days=draw.randrange(90), seconds=draw.randrange(60_000))
            closed = at + timedelta(seconds=draw.randrange(300, 900_000)) if draw.random() < 0.9 else None
            lat, lon = (
                ("0.0", "0.0")
                if draw.random() < 0.2
                else (f"{37.70 + draw.random() / 10:.5f}", f"{-122.50 + draw.random() / 10:.5f}")
            )
            writer.writerow(
                (
                    10_000 + i,
                    f"{at:%Y-%m-%d %H:%M:%S}",
                    f"{closed:%Y-%m-%d %H:%M:%S}" if closed else "",
                    "Closed" if closed else "Open",
                    f"Queue {draw.randrange(231):03d} - G",
                    draw.choice(("Graffiti", "Street Lights", "Pot hole/Sidewalk")),
                    draw.choice(("Phone", "Web", "Mobile/Open311")),
                    f"{i} MARKET ST",
                    lat,
                    lon,
                )
            )
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"Quarter {x}{y}", "id": 2 * x + y},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [
                        [-122.5 + x / 20, 37.7 + y / 20],
                        [-122.45 + x / 20, 37.7 + y / 20],
                        [-122.45 + x / 20, 37.75 + y / 20],
                        [-122.5 + x / 20, 37.75 + y / 20],
                        [-122.5 + x / 20, 37.7 + y / 20],
                    ]
                ],
            },
        }
        for x in (0, 1)
        for y in (0, 1)
    ]
    path.with_name("quarters.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    return path


EIGHT = (
    "Received DtTm",
    "Entry DtTm",
    "Dispatch DtTm",
    "Response DtTm",
    "On Scene DtTm",
    "Transport DtTm",
    "Hospital DtTm",
    "Available DtTm",
)


def write_dispatches(path: Path, n: int = 600, seed: int = 13) -> Path:
    """Calls of a fire service, day and night: eight stamps a row, seconds apart, month first."""
    draw = random.Random(seed)
    with path.open("w", encoding="utf-16", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(("Incident Number", "Call Type", "Unit ID", *EIGHT, "Battalion", "Priority"))
        for i in range(n):
            at = datetime(2026, 5, 1) + timedelta(seconds=draw.randrange(40 * 86_400))
            stamps: list[datetime | None] = []
            for k in range(8):
                skipped = k in (5, 6) and draw.random() < 0.7
                stamps.append(None if skipped else at)
                at += timedelta(seconds=draw.randrange(5, (60, 40, 90, 400, 1500, 900, 1800, 9)[k]))
            if draw.random() < 0.05:
                stamps[4:] = [None] * 4
            writer.writerow(
                (
                    26_000_000 + i,
                    draw.choice(("Medical Incident", "Alarms", "Structure Fire")),
                    f"E{draw.randrange(40):02d}",
                    *(f"{s:%m/%d/%Y %I:%M:%S %p}" if s else "" for s in stamps),
                    f"B{draw.randrange(10):02d}",
                    draw.choice("123"),
                )
            )
    return path
