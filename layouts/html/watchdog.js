// Inline in every page, before everything else (layouts/html/watchdog.py): reloads a page whose scripts or data failed to load
// once the server answers, and meanwhile shows what it waits for.  Old syntax on purpose: it must run where nothing else does.
//   [data-up]       on any element: the page is ready, or itself says why not
//   [data-undrawn]  but part of it is not drawn yet
//   [data-wait]     the page says that the server is not ready for it yet: it is requested again every few seconds
//   [data-below]    on <html>, always: the path below which a proxy serves the wall, or empty
(function () {
  "use strict";
  var d = document, w = window, own = d.documentElement.dataset;
  var failed = "", since = 0, lost = 0, answers = 0, again = 0, due = 0, timer = 0, busy = 0, slow = 0;
  var tries = kept(), real = w.fetch;

  function now() { return performance.now(); }
  function here() { return location.pathname + location.search; }
  function find(selector) { return d.querySelector(selector); }
  function up() { return find("[data-up]"); }
  function stands() {
    var whole = up() && !find("[data-undrawn]");
    // it was only slow, and became complete while a reload was pending
    if (whole && slow) {
      clearTimeout(again);
      failed = "";
      slow = again = 0;
    }
    return whole && !failed;
  }
  function away(status) { return !status || status > 501; }
  // how often the page was reloaded without being ready for ten seconds; without storage, as after the third time
  function kept(n) {
    try { if (n >= 0) sessionStorage.gridwallTries = n; return +sessionStorage.gridwallTries || 0; } catch (e) { return 3; }
  }
  function ask(path, then) {
    var x = new XMLHttpRequest();
    x.open("GET", path);
    // a hanging connection is given up soon, a slow server gets longer
    x.timeout = lost && now() - lost < 3e4 ? 1000 : 5000;
    x.setRequestHeader("X-Gridwall-Quiet", "1");
    x.onloadend = function () { then(x.status); };
    x.send();
  }

  function fail(name) {
    if (!failed) { failed = name; since = now(); }
    if (!busy) look();
  }

  // runs every second while something is missing
  function look() {
    clearTimeout(timer);
    if (stands()) {
      answers = 0;
      say();
      timer = setTimeout(function () { tries = 0; kept(0); look(); }, 1e4);
      return;
    }
    busy = now();
    ask(own.below + "/alive", function (status) {
      var n;
      own.gw = away(status) || status === 204 ? "on" : "foreign";
      if (status === 204) {
        answers += 1;
        if (!failed && answers >= 20 << Math.min(tries, 2)) {
          slow = 1;
          fail(location.pathname);
        }
        if (!again && (failed || find("[data-wait]"))) {
          // an outage is not the page's own fault, unless reloading fails repeatedly afterwards
          n = tries - (lost ? 4 : 0);
          due = !failed ? 2000 : n > 0 ? Math.min(6e4, 2500 << Math.min(n, 5)) * (0.8 + Math.random() / 3) : 200;
          due += Math.random() * 1200;
          again = setTimeout(load, due);
          due += now();
        }
        lost = 0;
      } else {
        // hanging requests occupy all the browser's connections to one server: /alive would get none
        if (lost && !up()) {
          fail(location.pathname);
          w.stop();
        }
        lost = lost || busy;
        clearTimeout(again);
        again = 0;
      }
      say();
      busy = 0;
      timer = setTimeout(look, lost ? 300 : 1000);
    });
  }

  // requests the page itself first: there is no way back from the browser's own error page
  function load() {
    if (stands()) return;
    if (failed) kept(tries += 1);
    ask(here(), function (status) {
      if (away(status) || status === 500) again = 0;
      else if (!stands()) location.replace(here());
    });
  }

  // texts are in layouts/html/watchdog.py
  function say() {
    var box = find("#gw-wait"), t = now(), on = (failed || !up()) && !find("[data-wait]") && t - since > 3000, style, i;
    if (!box) return;
    style = (on ? "on" : "") + (find(".wall,.desk,#kiosk,main") ? " strip" : "") + (/[?&]lang=en/.test(here()) ? " en" : "");
    if (box.className !== style) box.className = style;
    for (i = 0; on && i < 2; i += 1) {
      box.children[i].textContent = box.children[i].dataset[lost ? "lost" : failed ? "failed" : "loading"]
        .replace("{what}", failed).replace("{s}", Math.round((t - (lost || since)) / 1000))
        .replace("{left}", Math.max(0, Math.round((due - t) / 1000))).replace("{n}", tries + 1);
    }
  }

  w.addEventListener("error", function (event) {
    var node = event.target, url = node.tagName === "SCRIPT" ? node.src : /^st|^mo/.test(node.rel) ? node.href : "";
    if (url) fail(url.split(/[?#]/)[0].split("/").pop());
  }, true);

  w.fetch = function (what) {
    var answer = real.apply(w, arguments), name = /_dash-(layout|dependencies|update-component)(?!.whole)/.exec((what && what.url) || what);
    function cut(error) { if (error.name !== "AbortError") fail(name[0]); }
    if (name) {
      answer.then(function (r) {
        if (r.status > 501 || (!r.ok && !up())) fail(name[0]);
        else if (!up()) r.clone().text().then(null, cut);
      }, cut);
    }
    return answer;
  };

  own.gw = "on";
  timer = setTimeout(look, 1e3);
})();
