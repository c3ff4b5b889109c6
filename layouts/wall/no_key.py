"""The page of a screen without a valid key: self-contained, with instructions in both languages, readable across
a hall.  It reloads by itself, so that the wall appears as soon as the screen has its key."""

from __future__ import annotations

from html import escape

from data.text import TAG, Lang, Text, other
from layouts.html.below import below, url_of
from layouts.html.watchdog import THEME
from layouts.palette import themed

#: Seconds between reloads.
AGAIN_S = 15
TITLE = Text(zh="此屏还没有密钥", en="This screen has no key yet")
WHY = Text(
    zh="大屏只在有密钥的屏幕上显示。这块屏没有带来密钥，或密钥有误、已吊销、已到期。",
    en="The wall is shown on screens that have a key. This one brought none, or one that is wrong, revoked or has ended.",
)
ASK = Text(
    zh="在服务器上为它发一把密钥，或请管理员在“屏幕”页办理：",
    en="Have a key made for it on the server, or by an administrator on the page Screens:",
)
OPEN = Text(
    zh="在这块屏上打开一次所给的地址，密钥便存入此屏，不再留在地址中：",
    en="Open the address that it prints once on this screen. The screen keeps the key, the address does not:",
)
AGAIN = Text(zh="本页每 {n} 秒自行重试", en="This page tries again every {n} seconds")
LOG_IN = Text(zh="用账号登录", en="Log in with an account")
COMMAND = "python -m dashboard key add hall-left"
#: A screen with a keyhole.
_SIGN = """<svg viewBox="0 0 96 72" aria-hidden="true">
<path d="M4 4h88v54H4zM34 68h28" fill="none" stroke="var(--rule)" stroke-width="4"/>
<circle cx="48" cy="25" r="8" fill="none" stroke="var(--watch)" stroke-width="4"/><path d="M48 33v14" stroke="var(--watch)"
 stroke-width="4" fill="none"/></svg>"""
_STYLE = themed(
    """
:root{color-scheme:dark}:root[data-theme="day"]{color-scheme:light}
:root{--k:calc(var(--w)*var(--u));--u:min(calc(100vh / 1080),calc(100vw / 1920));--w:1}
@media (min-aspect-ratio:27/10){:root{--u:min(calc(100vh / 1080),calc(100vw / 3840));--w:1.32}
main{grid-template-columns:auto 1.05fr 1fr!important}.sign{grid-column:auto!important;margin:0!important}}
@media (max-aspect-ratio:4/5){:root{--u:min(calc(100vw / 1080),calc(100vh / 1920));--w:1.06}}
@media (max-width:760px){:root{--u:.62px}}
*{box-sizing:border-box;margin:0}
body{min-height:100vh;display:grid;grid-template-rows:auto 1fr auto;background:var(--ground);color:var(--ink-2);
font:400 calc(25*var(--k))/1.6
"Noto Sans SC","Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",sans-serif}
header,footer{display:flex;justify-content:space-between;align-items:baseline;flex-wrap:wrap;gap:.3em 2em;
padding:calc(30*var(--u)) calc(72*var(--k))}
header{border-bottom:max(1px,calc(2*var(--u))) solid var(--hairline)}
.city{color:var(--ink);font:700 calc(38*var(--k))/1.3 "Noto Serif SC","Noto Serif CJK SC","Source Han Serif SC",SimSun,serif;
letter-spacing:.04em}
.other,footer{color:var(--ink-3);font-size:calc(22*var(--k))}
main{align-self:center;display:grid;grid-template-columns:1.12fr 1fr;gap:0 calc(84*var(--k));
padding:calc(30*var(--u)) calc(72*var(--k))}
@media (max-aspect-ratio:1/1){main{grid-template-columns:1fr;gap:calc(72*var(--u)) 0}}
.sign{grid-column:1/-1;width:calc(150*var(--k));margin-bottom:calc(34*var(--k))}.sign svg{display:block;width:100%}
h1,h2{color:var(--ink);font:700 calc(62*var(--k))/1.25 "Noto Serif SC","Noto Serif CJK SC","Source Han Serif SC",SimSun,serif;
letter-spacing:.02em}
h2{font-size:calc(44*var(--k));line-height:calc(77.5*var(--k));letter-spacing:0}
section>p{margin-top:.8em}
ol{list-style:none;padding:0;margin-top:1.6em;counter-reset:n}
li{counter-increment:n;position:relative;padding-left:2.6em;margin-top:1.1em}
li::before{content:counter(n);position:absolute;left:0;top:.06em;width:1.65em;height:1.65em;border-radius:50%;
border:max(1px,calc(2*var(--u))) solid var(--data);color:var(--ink);font-weight:600;line-height:1.55em;text-align:center}
code{display:block;margin-top:.5em;padding:.45em .8em;background:var(--panel);color:var(--ink);
border-left:calc(5*var(--k)) solid var(--rule);
font:500 calc(23*var(--k))/1.5 ui-monospace,"Noto Sans Mono","DejaVu Sans Mono",Menlo,monospace;overflow-wrap:anywhere}
section+section{color:var(--ink-3)}section+section h1,section+section h2{color:var(--ink-2)}
section+section code{color:var(--ink-2)}
a{color:var(--select)}:focus-visible{outline:3px solid var(--select);outline-offset:2px}
footer{border-top:max(1px,calc(2*var(--u))) solid var(--hairline)}
""",
    _SIGN,
)


def no_key_page(city: Text, lang: Lang, address: str = "", root: str = "") -> str:
    """HTML, in ``lang`` first and the other language beside it; ``address``: how this screen addresses the wall; ``root``:
    further attributes of ``<html>``."""
    second = other(lang)
    other_city = f'<span class="other" lang="{TAG(second)}">{escape(city(second) if city(second) != city(lang) else "")}</span>'
    again, again_too = (escape(AGAIN(spoken).format(n=AGAIN_S)) for spoken in (lang, second))
    login = url_of("/login?lang=en" if lang == "en" else "/login")
    return f"""<!DOCTYPE html>
<html lang="{TAG(lang)}" data-below="{below()}"{root}><head><meta charset="utf-8">
<script>{THEME}</script><meta http-equiv="refresh" content="{AGAIN_S}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{escape(TITLE(lang))} · {escape(city(lang))}</title><link rel="icon" href="data:,"><style>{_STYLE}</style></head>
<body><header><span class="city">{escape(city(lang))}</span>{other_city}</header>
<main><div class="sign">{_SIGN}</div>{_told(lang, 1, address)}{_told(second, 2, address)}</main>
<footer><span>{again} · <span lang="{TAG(second)}">{again_too}</span></span>
<a href="{login}">{escape(LOG_IN(lang))} · <span lang="{TAG(second)}">{escape(LOG_IN(second))}</span></a></footer>
</body></html>
"""


def _told(lang: Lang, level: int, address: str) -> str:
    steps = "".join(
        f"<li>{escape(said(lang))}<code>{escape(typed)}</code></li>"
        for said, typed in ((ASK, COMMAND), (OPEN, f"{address or 'http://…'}/wall?key=…"))
    )
    return (
        f'<section lang="{TAG(lang)}"><h{level}>{escape(TITLE(lang))}</h{level}><p>{escape(WHY(lang))}</p>'
        f"<ol>{steps}</ol></section>"
    )
