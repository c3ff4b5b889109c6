"""Inline scripts, allowed by the content security policy through their digests alone, and the texts shown while a page waits.

``watchdog.js`` reloads a page whose scripts or data failed to load, once the server answers; ``sending.js`` holds a form back
until then; ``theme.js`` and ``language.js`` choose the page's theme and language before anything is drawn.  A page puts ``HEAD``
before its first script or style, ``WAIT`` at the beginning of its body, ``END`` at its very end (so that a truncated page is
detected), and marks with ``data-up`` the element that shows it is ready.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from pathlib import Path

from data.text import Text
from layouts.palette import themed

#: Texts by the script's finding: {s} seconds so far, {what} failed to load, {left} seconds to go, {n}-th attempt.
WORDS = {
    "lost": Text(
        zh="服务器无应答，已 {s} 秒；恢复后本页自动载入，无需操作",
        en="The server has not answered for {s} s; this page loads by itself once it does",
    ),
    "failed": Text(
        zh="{what} 未能载入；{left} 秒后重新载入（第 {n} 次）", en="{what} did not load; loading again in {left} s (attempt {n})"
    ),
    "loading": Text(zh="正在载入页面，已 {s} 秒", en="Loading the page, {s} s so far"),
}
LOADING = Text(zh="正在载入…", en="Loading…")
_SPACED = re.compile(r"(\"[^\"\n]*\")|\s*([=+?:{}();,<>&|!*/-])\s*")


def inlined(name: str) -> str:
    """A script of this folder without its comments and redundant spaces.

    Requires comments on lines of their own, statements ending with a semicolon, and no spaces in regular expressions.
    """
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    code = "\n".join(line.strip() for line in lines if not line.strip().startswith("//"))
    return _SPACED.sub(lambda m: m[1] or m[2], code).strip()


def digest(script: str) -> str:
    """The source expression for an inline script in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


WATCHDOG, SENDING = inlined("watchdog.js"), inlined("sending.js")
THEME, LANGUAGE = inlined("theme.js"), inlined("language.js")
#: For the policy of every page that contains them.
DIGESTS = tuple(digest(script) for script in (WATCHDOG, SENDING, THEME, LANGUAGE))

_STYLE = themed("""html{background:var(--ground)}._dash-loading,._dash-error{display:none}
#gw-wait{display:none;position:fixed;left:0;right:0;top:38%;z-index:9999;padding:0 6vmin;text-align:center;color:var(--ink);
flex-direction:column;gap:.4em;font:500 max(20px,4.4vmin)/1.4 "Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
#gw-wait p{margin:0;text-wrap:balance}#gw-wait p+p,#gw-wait.en p{font-size:.7em;color:var(--ink-2)}
#gw-wait.en p+p{order:-1;font-size:1em;color:var(--ink)}
body:has(._dash-loading) #gw-wait{display:flex;animation:gw-wait 0s 1s backwards}@keyframes gw-wait{from{opacity:0}}
body #gw-wait.on{display:flex;animation:none}
#gw-wait.on.strip{top:auto;bottom:0;padding:.5em 6vmin;background:var(--ground);border-top:2px solid var(--watch);
font-size:max(18px,2.2vmin)}@media print{body #gw-wait{display:none!important}}""")

HEAD = f"<script>{THEME}</script><script>{LANGUAGE}</script><style>{_STYLE}</style><script>{WATCHDOG}</script>"
END = '<i id="gw-end" hidden></i>'


def _line(lang: str, spoken: str) -> str:
    told = "".join(f' data-{key}="{escape(getattr(words, lang))}"' for key, words in WORDS.items())
    return f'<p lang="{spoken}"{told}>{escape(getattr(LOADING, lang))}</p>'


WAIT = f'<div id="gw-wait" role="status">{_line("zh", "zh-CN")}{_line("en", "en")}</div>'
