"""Detects a proxy that serves the wall below a path it was not configured for: explained on the page, which would hang otherwise.

A proxy that strips a prefix reports it in a header; one that does not is noticed by the page itself, whose scripts never
load (``STUCK``).
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from starlette.responses import Response

from callbacks.http.answers import page_answer
from layouts.palette import themed

_HEADERS = (b"x-forwarded-prefix", b"x-script-name")
TITLE = "GridWall 尚不知其子路径 · GridWall does not know its path"
#: Seconds after which a page without its scripts explains the likely cause.
STUCK_S = 10


def prefix_of(headers: Mapping[bytes, bytes]) -> str:
    """The path prefix that a proxy reports, "" if there is none."""
    for name in _HEADERS:
        said = headers.get(name, b"").decode("latin-1").split(",", 1)[0].strip()
        if said.strip("/"):
            return "/" + said.strip("/")[:80]
    return ""


def refuse(prefix: str) -> Response:
    """The response to a request below a path other than ours: a page that explains it."""
    example = escape(f"python -m dashboard serve --url https://portal.example{prefix}")
    return page_answer(
        404,
        f"""<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{TITLE}</title><link rel="icon" href="data:,"><style>{_STYLE}</style></head>
<body><main><h1>GridWall 尚不知其子路径</h1>
<p>此请求经代理以子路径 <code>{escape(prefix)}</code> 到达，而服务启动时未指明该路径：大屏的脚本、样式与实时数据会到别处去取。</p>
<p>请以浏览器所用的完整地址启动（或设 <code>GRIDWALL_URL</code>），例如：</p><pre>{example}</pre>
<section lang="en"><h2>GridWall does not know its path</h2>
<p>A proxy sent this request below <code>{escape(prefix)}</code>, a path that the server was not told of: the wall's scripts,
styles and live data would be looked for elsewhere.</p>
<p>Start it with the whole address that browsers use (or set <code>GRIDWALL_URL</code>), as above.</p></section>
</main></body></html>
""",
    )


_STYLE = themed("""body{margin:0;background:var(--ground);color:var(--ink-2);
font:400 17px/1.7 "Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
main{max-width:46em;margin:8vh auto;padding:0 24px}h1,h2{color:var(--ink);font-size:24px}h2{font-size:19px;margin-top:2em}
pre,code{color:var(--ink);background:var(--panel)}pre{padding:12px 16px;overflow:auto}""")

#: Style of what becomes visible if no script runs to replace Dash's "Loading...", and if another application answers at the root
#: of the host (``data-gw``, by layouts/html/watchdog.js).
_STUCK = f""".gw-stuck{{display:none}}
html:is(:not([data-gw]),[data-gw=foreign]) body:has(._dash-loading) .gw-stuck{{display:block;opacity:0;max-width:46em;
margin:8vh auto;padding:8px 24px;color:var(--ink-2);background:var(--ground);
font:400 17px/1.7 "Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;animation:gw-stuck 0s {STUCK_S}s forwards}}
[data-gw=foreign] .gw-stuck{{animation-delay:0s!important}}
@keyframes gw-stuck{{to{{opacity:1}}}}"""
STUCK = f"""<style>{themed(_STUCK)}</style>
<div class="gw-stuck"><p>页面的脚本没有载入。若经代理放在子路径下，请在启动时以 --url 指明完整地址
（如 https://portal.example/gridwall）。</p>
<p lang="en">The scripts of this page did not come. Where a proxy puts it below a path, the server is told so at its start:
--url with the whole address, e.g. https://portal.example/gridwall.</p></div>
<noscript><p>本页需要启用 JavaScript。 <span lang="en">This page needs JavaScript.</span></p></noscript>"""
