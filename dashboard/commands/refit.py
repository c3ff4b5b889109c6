"""``python -m dashboard refit``: refit the early warning's baseline."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import TYPE_CHECKING

from dashboard.command import Command, Options, lang_of
from data.text import Text
from data.types.records import Record

if TYPE_CHECKING:
    from dashboard.ask_server import Clocked
    from dashboard.settings import Settings
    from data.facts.store import Facts

SAID = Text(
    zh="{series} 个序列（{areas} 个片区），依据 {days} 个整日，{seconds} 秒",
    en="{series} series ({areas} areas) from {days} whole days, {seconds} s",
)
HEADS = (Text(zh="事项", en="category"), Text(zh="离散系数", en="alpha"), Text(zh="方法", en="method"))
METHODS = {True: Text(zh="EARS（尚短）", en="ears"), False: Text(zh="基线", en="baseline")}


def declare(options: Options) -> None:
    options.shared("city", "mapping", "source", "facts", "server", "key")
    options.add("--json", action="store_true", said=Text(zh="JSON", en="JSON"))


def run(args: Namespace) -> int:
    """Refit the early warning's baseline, and report the data it is based on."""
    from dashboard.ask_server import answer
    from dashboard.listing import lines
    from dashboard.naming import coded
    from dashboard.settings import profile_of

    def own(settings: Settings, facts: Facts, sync: Clocked) -> Record:
        from dataclasses import asdict

        from dashboard.clock import now
        from dashboard.pipeline import city_of
        from data.jobs import worker
        from data.warning.refit import refit as fit

        return asdict(fit(facts, city_of(settings, facts), sync.clock, sync.clock_now(now()), worker.here))

    found, lang = answer(args, "/api/refit", own), lang_of(args)
    if args.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return 0
    print(
        SAID(lang).format(
            series=f"{found['series']:,}", areas=found["areas"], days=f"{found['days']:,}", seconds=f"{found['seconds']:.1f}"
        )
    )
    names = {c.code: c.name(lang) for c in profile_of(args).categories}
    print(
        "\n".join(
            lines(
                [
                    [h(lang) for h in HEADS],
                    *(
                        [coded(code, names.get(code, code)), f"{alpha:.3f}", METHODS[code in found["ears"]](lang)]
                        for code, alpha in found["alpha"].items()
                    ),
                ]
            )
        )
    )
    return 0


COMMAND = Command(
    "refit",
    Text(zh="重新拟合预警基线（每日会自动进行）", en="fit the early warning's baseline anew (each day it is by itself)"),
    (
        ("refit", Text(zh="由正在运行的服务拟合", en="by the server that is running here")),
        ("refit --mapping ours.toml --json", Text(zh="自己的数据，JSON", en="of your own data, as JSON")),
    ),
    declare,
    run,
)
