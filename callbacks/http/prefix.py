"""A proxy that puts the wall below a path of another site: said in words, since a page would wait for its scripts for ever.

Pages ask for ``/assets``, ``/live`` and the like at the root of their host.  A proxy that strips a prefix tells of it in a
header; one that tells of nothing is noticed by the page itself, whose scripts never come (``stuck``).
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from starlette.responses import Response

from callbacks.http.answers import page_answer

_HEADERS = (b"x-forwarded-prefix", b"x-script-name")
TITLE = "GridWall 不能放在子路径下 · GridWall does not run below a path"
ZH = "请在代理中为它单设一个主机名，转发到根路径，例如："
EN = "Give it a host name of its own in the proxy, forwarded to its root, for example:"
EXAMPLE = """server {
    server_name wall.city.example;
    location / { proxy_pass http://127.0.0.1:8050; proxy_buffering off; }
}"""
#: Seconds after which a page without its scripts says why that may be.
STUCK_S = 10


def prefix_of(headers: Mapping[bytes, bytes]) -> str:
    """The path below which a proxy says that it serves us, "" where there is none."""
    for name in _HEADERS:
        said = headers.get(name, b"").decode("latin-1").split(",", 1)[0].strip()
        if said.strip("/"):
            return "/" + said.strip("/")[:80]
    return ""


def refuse(prefix: str) -> Response:
    """The answer to a request that came below ``prefix``: a page in words."""
    return page_answer(
        404,
        f"""<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{TITLE}</title><link rel="icon" href="data:,"><style>{_STYLE}</style></head>
<body><main><h1>GridWall 不能放在子路径下</h1>
<p>此请求经代理以子路径 <code>{escape(prefix)}</code> 到达。大屏的脚本、样式与实时数据都在主机的根路径下，在子路径下无法加载。</p>
<p>{ZH}</p><pre>{escape(EXAMPLE)}</pre>
<p>并设置 <code>--url https://wall.city.example</code>（或 <code>GRIDWALL_URL</code>）。</p>
<section lang="en"><h2>GridWall does not run below a path</h2>
<p>A proxy sent this request below <code>{escape(prefix)}</code>. The wall's scripts, styles and live data lie at the root of
their host and cannot be loaded there.</p>
<p>{EN} the lines above, and <code>--url https://wall.city.example</code> (or <code>GRIDWALL_URL</code>).</p></section>
</main></body></html>
""",
    )


_STYLE = """body{margin:0;background:#060C14;color:#B3C3D2;
font:400 17px/1.7 "Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
main{max-width:46em;margin:8vh auto;padding:0 24px}h1,h2{color:#EDF3F9;font-size:24px}h2{font-size:19px;margin-top:2em}
pre,code{color:#EDF3F9;background:#0B1521}pre{padding:12px 16px;overflow:auto}"""

#: Shows itself where no script runs that would take Dash's "Loading..." away, and where somebody else answers at the root of the
#: host (``data-gw``, by layouts/html/watchdog.js).
STUCK = f"""<style>.gw-stuck{{display:none}}
html:is(:not([data-gw]),[data-gw=foreign]) body:has(._dash-loading) .gw-stuck{{display:block;opacity:0;max-width:46em;
margin:8vh auto;padding:8px 24px;color:#B3C3D2;background:#060C14;
font:400 17px/1.7 "Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;animation:gw-stuck 0s {STUCK_S}s forwards}}
[data-gw=foreign] .gw-stuck{{animation-delay:0s!important}}
@keyframes gw-stuck{{to{{opacity:1}}}}</style>
<div class="gw-stuck"><p>页面的脚本没有载入。若经代理访问，GridWall 不能放在子路径下：
请为它单设一个主机名（如 wall.city.example），转发到根路径。</p>
<p lang="en">The scripts of this page did not come. Behind a proxy, GridWall does not run below a path: give it a host name of its
own (such as wall.city.example), forwarded to its root.</p></div>
<noscript><p>本页需要启用 JavaScript。 <span lang="en">This page needs JavaScript.</span></p></noscript>"""
