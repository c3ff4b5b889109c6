"""The login page: one self-contained piece of HTML, so that it works before and without everything else."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from data.text import ENDONYM, TAG, Lang, Text, other
from layouts.html.below import below, url_of
from layouts.html.watchdog import END, HEAD, SENDING, WAIT
from layouts.palette import themed

TITLE = Text(zh="登录", en="Log in")
NAME, PASSWORD = Text(zh="账号", en="Name"), Text(zh="口令", en="Password")
ENTER = Text(zh="登录", en="Log in")
PROVIDER = Text(zh="经统一身份认证登录", en="Log in through the identity provider")
RULES = Text(
    zh="12 分钟无操作自动退出；连续 5 次失败后，每次重试须等候更久。登录、查案、导出均记入审计。",
    en="Ends after 12 idle minutes; after 5 failures each further try waits longer. Logins, cases and exports are audited.",
)
WALL = Text(zh="返回大屏", en="Back to the wall")
AWAY = Text(zh="服务器无应答；恢复后自动提交，无需再按", en="The server does not answer; this is sent by itself once it does")
_STYLE = themed("""
:root{color-scheme:dark}:root[data-theme="day"]{color-scheme:light}*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink-2);
font:400 16px/1.6 "Noto Sans SC","Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",sans-serif}
main{width:min(400px,calc(100vw - 32px));padding:28px 32px 24px;background:var(--panel);border-top:2px solid var(--rule)}
.city{margin:0;color:var(--ink);font:700 26px/1.4 "Noto Serif SC","Noto Serif CJK SC","Source Han Serif SC",SimSun,serif;
letter-spacing:.04em}
h1{margin:0 0 18px;color:var(--ink-2);font-size:16px;font-weight:400}
label{display:block;margin:14px 0 4px;color:var(--ink-2)}
input{width:100%;min-height:44px;padding:8px 12px;border:1px solid var(--ink-3);border-radius:3px;background:var(--ground);
color:var(--ink);font:inherit}
button,.way{display:block;width:100%;min-height:44px;margin-top:20px;padding:9px 16px;border:1px solid var(--data);
border-radius:3px;background:var(--data);color:var(--on-badge);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
.way{background:var(--raised);color:var(--ink)}
a{color:var(--select)}:focus-visible{outline:3px solid var(--select);outline-offset:2px}
#away{margin-top:16px}#away[hidden]{display:none}
.wrong{margin:0 0 4px;padding:10px 12px;border:1px solid var(--act);border-left-width:6px;color:var(--ink)}
.wrong::before{content:"\\25A0  ";color:var(--act)}
.rules,.ways{margin:20px 0 0;color:var(--ink-3);font-size:14px}.ways{display:flex;justify-content:space-between;margin-top:10px}
""")


def login_page(
    city: str, lang: Lang, form: str, to: str = "", wrong: str = "", name: str = "", provider: bool = False, root: str = ""
) -> str:
    """HTML.  ``city``: its title, ``form``: the CSRF token, ``to``: where to continue, ``wrong``: the error,
    ``provider``: whether login through an identity provider is offered, ``root``: further attributes of ``<html>``."""
    to_other = other(lang)
    words = {"next": to} if to else {}
    switch = url_of("/login?") + urlencode({**words, "lang": to_other})
    said = f'<p class="wrong" role="alert" id="wrong">{escape(wrong)}</p>' if wrong else ""
    described = ' aria-describedby="wrong" aria-invalid="true"' if wrong and name else ""
    through = (
        f'<a class="way" href="{url_of("/oidc/start")}?{escape(urlencode({**words, "lang": lang}))}">{escape(PROVIDER(lang))}</a>'
        if provider
        else ""
    )
    first, second = ("", " autofocus") if name else (" autofocus", "")
    return f"""<!DOCTYPE html>
<html lang="{TAG(lang)}" data-below="{below()}"{root}><head><meta charset="utf-8">{HEAD}
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{escape(TITLE(lang))} · {escape(city)}</title><link rel="icon" href="data:,"><style>{_STYLE}</style></head>
<body>{WAIT}<main><p class="city">{escape(city)}</p><h1>{escape(TITLE(lang))}</h1>{said}
<form method="post" action="{url_of("/login")}">
<input type="hidden" name="form" value="{escape(form)}"><input type="hidden" name="next" value="{escape(to)}">
<input type="hidden" name="lang" value="{lang}">
<label for="name">{escape(NAME(lang))}</label>
<input id="name" name="name" value="{escape(name)}" autocomplete="username" autocapitalize="none" spellcheck="false"
 maxlength="64" required{first}{described}>
<label for="password">{escape(PASSWORD(lang))}</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="200" required{second}{described}>
<button type="submit">{escape(ENTER(lang))}</button>
<p class="wrong" role="status" id="away" hidden>{escape(AWAY(lang))}</p></form>{through}
<p class="rules">{escape(RULES(lang))}</p>
<p class="ways" data-up><a href="{url_of("/wall")}{"?lang=en" if lang == "en" else ""}">{escape(WALL(lang))}</a>
<a href="{escape(switch)}" lang="{TAG(to_other)}" data-lang-to="{to_other}">{ENDONYM(to_other)}</a></p>
</main><script>{SENDING}</script>{END}</body></html>
"""
