// Kiosk and workbench: whether the source answers, asked every few seconds, in the words of the walls' top bar.
"use strict";

(() => {
  const page = ["/kiosk", "/analyst"].find((path) => window.location.pathname.startsWith(window.gridwall.at(path)));
  if (!page) return;
  const EVERY_MS = 3000;
  let fault = false;

  function show(found) {
    const kiosk = window.gridwall && window.gridwall.kiosk;
    if (page === "/kiosk" && kiosk && kiosk.now) {
      Object.assign(kiosk, { now: found.now, at: performance.now(), checked: found.checked, source: found.source });
      return;
    }
    const place = document.getElementById("an-source");
    if (!place) return;
    const told = found.source.told;
    const english = new URLSearchParams(window.location.search).get("lang") === "en";
    const text = told ? (english ? told.en : told.zh) : "";
    const says = document.getElementById("an-says").textContent; // of the view that is shown: it may say so already
    const shown = text && says.startsWith(text) ? "" : text;
    if (place.textContent !== shown) place.textContent = shown;
    if (fault && !text && says) window.dispatchEvent(new PopStateEvent("popstate")); // it is over: the view is read anew
    fault = Boolean(text);
  }

  async function ask() {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), 8000);
    try {
      const answer = await fetch(window.gridwall.at(`/desk${page}/source`), { cache: "no-store", signal: abort.signal, headers: { "X-Gridwall-Quiet": "1" } });
      if (answer.status === 200) show(await answer.json());
    } catch (error) {
      // the page's own questions say that the server is away
    } finally {
      clearTimeout(timer);
      setTimeout(ask, EVERY_MS);
    }
  }

  setTimeout(ask, EVERY_MS);
})();
