"""A progress bar for loading: only on a terminal and on stderr, so that it never ends up in a pipe or file."""

from __future__ import annotations

import shutil
import sys
from types import TracebackType
from typing import Any, TextIO

from data.text import Lang, Text

#: Texts by the loading step's own name.
WORDS: dict[str, Text] = {
    "demo": Text(zh="生成演示城市", en="making the demo city"),
    "geography": Text(zh="演示地理", en="geography"),
    "reports": Text(zh="演示上报", en="reports"),
    "courses": Text(zh="演示流转", en="courses"),
    "log": Text(zh="演示日志", en="log"),
    "read": Text(zh="读取源库", en="reading the source"),
    "derive": Text(zh="推算事实", en="working out the facts"),
    "write": Text(zh="写入事实库", en="writing the facts"),
    "done": Text(zh="完成", en="done"),
    "grid": Text(zh="写入网格", en="writing the grid"),
    "event": Text(zh="写入案件", en="writing events"),
    "transition": Text(zh="写入流转", en="writing the log"),
    "department": Text(zh="写入部门", en="writing departments"),
    "asset": Text(zh="写入设备", en="writing devices"),
    "sign": Text(zh="写入体征", en="writing vital signs"),
    "position": Text(zh="写入人员位置", en="writing positions"),
    "duty": Text(zh="写入值班", en="writing duties"),
}


class LoadBar:
    """``bar(what, done, total)`` as the loading goes on; draws nothing if ``stream`` is not a terminal.

    May be called from the loading thread; appears again if called after ``close``.
    """

    def __init__(self, lang: Lang, stream: TextIO | None = None) -> None:
        self._lang, self._stream = lang, stream or sys.stderr
        self._on = self._stream is not None and self._stream.isatty()
        self._bar: Any = None

    def __call__(self, what: str, done: int, total: int) -> None:
        if not self._on:
            return
        said = WORDS[what](self._lang) if what in WORDS else what
        if self._bar is None:
            from tqdm import tqdm

            tqdm.monitor_interval = 0  # no thread of its own
            wide = min(100, shutil.get_terminal_size().columns) - 1  # 80 if the terminal does not report a size
            self._bar = tqdm(
                desc=said,
                total=100,
                file=self._stream,
                leave=False,
                ncols=max(wide, 39),
                nrows=24,
                bar_format="{desc} {bar} {n:3.0f} % {elapsed}",
            )
        self._bar.set_description_str(said, refresh=False)
        self._bar.n = min(100, 100 * done / max(total, 1))
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> LoadBar:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
