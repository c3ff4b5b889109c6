"""``python -m dashboard look``: pictures of every page, and what is wrong with the texts on them (``dashboard.look``)."""

from __future__ import annotations

import signal
import sys
from argparse import Namespace
from pathlib import Path

from dashboard.command import Command, Options, lang_of
from data.text import Text

WRITTEN = Text(zh="见 {folder}/index.html、look.json", en="see {folder}/index.html and look.json")


def declare(options: Options) -> None:
    options.add(
        "--out",
        required=True,
        metavar="DIR",
        said=Text(zh="图片与清单放在这个文件夹", en="the folder for the pictures and the lists"),
        missing=Text(zh="请给放图片的文件夹，--out DIR", en="name the folder for the pictures, --out DIR"),
    )
    options.add(
        "--only",
        default="",
        metavar="WORDS",
        said=Text(
            zh="只拍名称含这些词的图（逗号分隔），如 wall-overview,3840x1080,late",
            en="only pictures whose names have all these words (with commas), e.g. wall-overview,3840x1080,late",
        ),
    )
    options.add(
        "--all",
        action="store_true",
        dest="every",
        said=Text(
            zh="页面、形状、语言、状态、昼夜、时刻的全部组合；缺省为两两组合",
            en="every combination of page, shape, language, state, light and hour; default: all pairs of these",
        ),
    )
    options.add(
        "--url",
        default="",
        said=Text(
            zh="拍这个正在运行的服务；缺省自己为两座演示城市各起服务",
            en="picture this running server; default: servers of its own over both demo cities",
        ),
    )
    options.shared("city")


def run(args: Namespace) -> int:
    """Take the pictures; exit 1 if a text is clipped, overlapped, too small or too pale."""
    from dashboard.look import report
    from dashboard.look.plan import LookError, demo_cities, pictures
    from dashboard.look.session import taken, taken_at, told
    from dashboard.progress import LoadBar
    from dashboard.settings import profile_of

    lang, folder = lang_of(args), Path(args.out)
    one = profile_of(args) if args.city or args.url else None
    profiles = {one.city.id: one} if one is not None else demo_cities()
    strange = [name for name, profile in profiles.items() if not profile.city.demo]
    if strange and not args.url:
        raise LookError(
            f"city '{strange[0]}' is no demo city; name a running server of it with --url",
            f"“{strange[0]}”不是演示城市；请用 --url 指明正在运行的服务",
        )
    only = [word.strip() for word in args.only.split(",") if word.strip()]
    wanted = pictures(profiles, args.every, not args.url, only)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise LookError(f"--out '{folder}': {fault.strerror}", f"--out“{folder}”：{fault.strerror}") from None

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # its servers and its browser end with it

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    shots = []
    with LoadBar(lang) as bar:
        source = taken_at(wanted, args.url.rstrip("/"), folder) if args.url else taken(wanted, profiles, folder, bar)
        for shot in told(source, len(wanted), say):
            shots.append(shot)
            report.write(shots, folder, lang)
    print(report.summary(shots, lang))
    for kind, n in report.counts(shots).items():
        print(f"  {report.KINDS[kind](lang)}: {n}")
    print(WRITTEN(lang).format(folder=folder))
    return 1 if any(shot.wrong or shot.fault for shot in shots) else 0


COMMAND = Command(
    "look",
    Text(
        zh="把每个页面按形状、语言、状态、昼夜拍下，列出被截断、相叠、过小、过淡的文字；有则退出码 1",
        en="picture every page by shape, language, state and light, and list texts that are clipped, overlapping, too small or "
        "too pale; exit 1 if there are any",
    ),
    (
        (
            "look --out var/look",
            Text(zh="两座演示城市，两两组合（约 40 分钟）", en="both demo cities, all pairs (some 40 minutes)"),
        ),
        (
            "look --out var/look --only kiosk --url http://127.0.0.1:8050",
            Text(zh="正在运行的服务的值守台", en="the kiosk of a running server"),
        ),
    ),
    declare,
    run,
)
