// Turns the pages of [data-pages] every 12 s.  The page follows from the server's clock, so that all screens of a hall
// show the same one; the cross-fade is CSS and off for reduced motion and in a replay.
"use strict";

(() => {
  const EVERY_MS = 12000;
  const gridwall = (window.gridwall = window.gridwall || {});

  function turn(root) {
    const now = gridwall.serverNow ? gridwall.serverNow() : Date.now();
    for (const list of root.querySelectorAll("[data-pages]")) {
      const pages = list.children;
      const on = pages.length ? Math.floor(now / EVERY_MS) % pages.length : 0;
      for (let i = 0; i < pages.length; i += 1) pages[i].classList.toggle("on", i === on);
    }
  }

  setInterval(() => turn(document), 500);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) turn(node.parentNode || node);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
