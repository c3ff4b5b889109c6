// Inline in every page, before anything is drawn (layouts/html/watchdog.py): the language of a page whose address names none.
//   ?lang=        holds for this tab, on every page that it opens
//   else          as last chosen in this browser with a switch ([data-lang-to])
//   else          Chinese
// A page that the browser draws ([data-drawn] on <html>) gets it by its address, which the server reads; one that the server has
// written is in its language already.
(function () {
  "use strict";
  var d = document, w = window, key = "gridwall-lang", named = /[?&]lang=(\w+)/.exec(location.search);

  function kept(store, lang) {
    try {
      if (lang) w[store].setItem(key, lang);
      return w[store].getItem(key);
    } catch (e) {
      return "";
    }
  }
  d.addEventListener("click", function (event) {
    var way = event.target.closest && event.target.closest("[data-lang-to]");
    if (!way) return;
    kept("localStorage", way.dataset.langTo);
    kept("sessionStorage", way.dataset.langTo);
  }, true);
  if (named) {
    kept("sessionStorage", named[1]);
  } else if ("drawn" in d.documentElement.dataset && (kept("sessionStorage") || kept("localStorage")) === "en") {
    history.replaceState(history.state, "", location.pathname + (location.search ? location.search + "&" : "?") + "lang=en" + location.hash);
  }
})();
