// Inline in every page, before anything is drawn (layouts/html/watchdog.py): the page's theme, night or day, as data-theme of the
// root element; the colours follow it (layouts/palette.py).
//   the wall         as ?theme=night|day|auto of its address says, else as the city's setting
//   other pages      as last chosen with their button in this browser, else as the city's setting
//   on paper         always the day's
//   forced colours   what suits the ground that the system has chosen
//   [data-theme-to]  on a button: changes to the other theme
//   [data-theme-set], [data-theme-day], [data-theme-zone]  on <html>: the city's setting, its hours of day, its time zone
(function () {
  "use strict";
  var d = document, w = window, own = d.documentElement.dataset, key = "gridwall-theme", chosen = "", last = "", paper = false;

  function media(query) { return w.matchMedia ? w.matchMedia(query) : {}; }
  var forced = media("(forced-colors: active)"), bright = media("(prefers-color-scheme: light)");

  function onWall() { return /^\/?(wall(\/|$)|$)/.test(location.pathname.slice((own.below || "").length)); }
  function kept(theme) {
    try {
      if (theme) localStorage.setItem(key, theme);
      return localStorage.getItem(key);
    } catch (e) {
      return chosen;
    }
  }
  // the server's clock, where a page hears it
  function now() { return w.gridwall && w.gridwall.utc ? w.gridwall.utc() : Date.now(); }
  function byClock() {
    var clock = new Date(now()).toLocaleTimeString("en-GB", { timeZone: own.themeZone, hour: "2-digit", minute: "2-digit", hour12: false });
    var from = (own.themeDay || "").slice(0, 5), to = (own.themeDay || "").slice(6);
    // an hour past midnight may be the end of a day
    return (from < to ? clock >= from && clock < to : clock >= from || clock < to) ? "day" : "night";
  }
  function wanted() {
    var asked = onWall() ? (/[?&]theme=(\w*)/.exec(location.search) || [])[1] : kept();
    var theme = /^(night|day|auto)$/.test(asked) ? asked : own.themeSet;
    return theme === "auto" ? byClock() : theme;
  }
  function apply() {
    var theme = paper ? "day" : forced.matches ? (bright.matches ? "day" : "night") : wanted() || "night";
    if (last !== theme) own.theme = last = theme;
  }
  function printing(on) { return function () { paper = on; apply(); }; }

  d.addEventListener("click", function (event) {
    if (!event.target.closest || !event.target.closest("[data-theme-to]")) return;
    chosen = own.theme === "day" ? "night" : "day";
    kept(chosen);
    apply();
  });
  w.addEventListener("beforeprint", printing(true));
  w.addEventListener("afterprint", printing(false));
  w.addEventListener("storage", apply);
  w.addEventListener("popstate", apply);
  setInterval(apply, 15e3);
  apply();
})();
