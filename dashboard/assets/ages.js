// The ages of things tick on their own: every [data-since-ms] shows how long ago that instant was, by the server's clock.
"use strict";

(() => {
  const gridwall = (window.gridwall = window.gridwall || {});
  const now = () => (gridwall.serverNow ? gridwall.serverNow() : Date.now());

  // the address of one of our pages, also where a proxy has put the wall below a path (layouts/html/below.py)
  gridwall.at = (path) => (document.documentElement.dataset.below || "") + path;

  gridwall.age = (ms, lang) => {
    const s = Math.max(0, Math.floor(ms / 1000));
    const zh = lang !== "en";
    if (s < 60) return zh ? `${s}秒` : `${s} s`;
    const m = Math.floor(s / 60);
    if (m < 60) return zh ? `${m}分` : `${m} min`;
    const h = Math.floor(m / 60);
    if (h < 24) return zh ? `${h}时${String(m % 60).padStart(2, "0")}分` : `${h} h ${String(m % 60).padStart(2, "0")}`;
    const d = Math.floor(h / 24);
    if (d >= 10 || h % 24 === 0) return zh ? `${d}天` : `${d} d`;
    return zh ? `${d}天${h % 24}时` : `${d} d ${h % 24} h`;
  };

  function show(root) {
    for (const node of root.querySelectorAll("[data-since-ms]")) {
      const wall = node.closest("[data-lang]");
      const text = gridwall.age(now() - Number(node.dataset.sinceMs), wall ? wall.dataset.lang : "zh");
      if (node.textContent !== text) node.firstChild ? (node.firstChild.nodeValue = text) : (node.textContent = text);
    }
  }

  setInterval(() => show(document), 1000);
  // a redrawn panel shows its ages at once, before it is painted
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) show(node.parentNode || node);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
