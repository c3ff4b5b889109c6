/* The map layer: one small canvas layer on the Leaflet map that dash-leaflet owns.
   Public: window.gridwall.map.update(payload)   payload: see layouts/panels/grid_heat.py
           window.gridwall.map.measure(id), .level(v) (0 = as the zoom asks), .hit(x, y) -> grid position or -1,
           .reset(), .state(), .leaflet(), .timings {restyle, view, pan, raster, lines, decode, update: last 60, ms}
           window.gridwall.onScope(code)         called on entering a town ("" = back); the page may replace it
   A view change rasterises cell ids once (gridmap_geometry.js); a value change is one colour look-up pass; an equal
   payload draws nothing.  Buffers are kept and only grow with the screen.  Leaflet is dash-leaflet's own window.L. */
(function () {
  "use strict";
  var gw = (window.gridwall = window.gridwall || {});
  var HOME_AFTER = 90000;      // ms without a touch until a moved wall map returns to its scope
  var RETRY = 5000;            // ms until geometry that was not received is asked for again
  var EDGE = 14;               // reference pixels: the median edge that a filled cell must have
  var t = { count: 0, restyle: [], view: [], update: [], last: {} };
  var st = { map: null, payload: null, levels: {}, urls: {}, ref: {}, labels: null, labelsUrl: "", measure: "late",
             view: null, fill: 0, level: 0, moved: false, hover: -1, drawn: {}, within: {}, classes: {}, counts: null };

  function note(kind, ms) {
    t.last[kind] = ms;
    if (!t[kind]) { t[kind] = []; }
    t[kind].push(ms);
    if (t[kind].length > 60) { t[kind].shift(); }
    t.count++;
  }

  /* ---- reaching the map ------------------------------------------------------------------------------------- */
  function hook(L) {
    L.Map.addInitHook(function () {
      var map = this, root = map.getContainer().closest(".gw-map");
      if (root) { map.whenReady(function () { attach(L, map, root); }); }
    });
  }
  if (window.L) { hook(window.L); } else {
    var held;                  // loaded before dash-leaflet: wait for it to put its Leaflet in place
    Object.defineProperty(window, "L", { configurable: true, get: function () { return held; }, set: function (L) {
      held = L;
      Object.defineProperty(window, "L", { value: L, writable: true, configurable: true });
      hook(L);
    } });
  }

  function attach(L, map, root) {
    var pane = map.createPane("gridwall"), make = function (tag, name, parent) {
      var e = tag === "svg" ? document.createElementNS("http://www.w3.org/2000/svg", "svg") : document.createElement(tag);
      e.setAttribute("class", name);
      parent.appendChild(e);
      return e;
    };
    var box = make("div", "gw-layer", pane);
    st.map = map; st.root = root; st.L = L; st.box = box;
    st.fillCanvas = make("canvas", "gw-fill", box); st.lineCanvas = make("canvas", "gw-lines", box);
    st.markCanvas = make("canvas", "gw-marks", box); st.svg = make("svg", "gw-hover", box);
    st.path = st.svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    st.plates = make("div", "gw-plates", box);
    ["legend", "chips", "back", "note", "tip"].forEach(function (p) { st[p] = root.querySelector(".gw-map-" + p); });
    st.unit = make("div", "gw-unit", root);
    st.drawn = {}; st.view = null; st.moved = false;
    if (st.back) { st.back.onclick = function () { gw.onScope(""); }; }
    var wake = function () { st.moved = true; clearTimeout(st.timer); st.timer = setTimeout(reset, HOME_AFTER); };
    map.on("dragstart", wake); map.getContainer().addEventListener("wheel", wake, { passive: true });
    map.getContainer().addEventListener("keydown", function (e) { if (/^(Arrow|[-+=_])/.test(e.key)) { wake(); } });
    map.on("move", function () { schedule("rough"); });
    map.on("moveend zoomend", function () { schedule("full"); });
    map.on("click", function (e) { enter(hitPosition(e.containerPoint.x, e.containerPoint.y)); });
    map.on("mousemove", function (e) {
      var p = e.containerPoint;
      if (e.originalEvent.target.closest(".gw-plate")) { return; }
      hover(hitPosition(p.x, p.y), p.x, p.y);
    });
    map.on("mouseout", function () { hover(-1); });
    var observer = new ResizeObserver(function () { if (st.map === map) { resized(); } });
    observer.observe(map.getContainer());
    map.on("unload", function () {
      observer.disconnect();
      if (st.map !== map) { return; }        // the next map has taken its place already
      clearTimeout(st.timer); clearTimeout(st.leave); cancelAnimationFrame(st.frame); st.frame = 0; st.hover = -1;
      st.map = null; st.ids = null; st.image = null; st.view = null;
    });
    resized();
    if (st.payload) { begin(); }
  }
  document.addEventListener("keydown", function (e) {
    if (e.key === "Escape" && st.map && st.moved) { reset(); e.stopImmediatePropagation(); }   // else: the page's own
  }, true);
  gw.onScope = gw.onScope || function (code) {
    var url = new URL(window.location.href);
    if (code) { url.searchParams.set("scope", code); } else { url.searchParams.delete("scope"); }
    window.history.pushState({}, "", url);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  };

  /* ---- taking values ---------------------------------------------------------------------------------------- */
  function update(payload) {
    if (!payload || payload === st.payload) { return; }
    var began = performance.now(), before = st.payload;
    st.payload = payload;
    if (!before || before.scope.code !== payload.scope.code) { st.within = {}; st.moved = false; st.drawn.fit = ""; }
    if (!before || ["n", "need", "late"].some(function (c) { return before.counts[c] !== payload.counts[c]; })) {
      st.counts = null;
    }
    if (st.map) { begin(); note("update", performance.now() - began); }
  }

  function begin() {
    load();
    if (ready()) { refresh("full"); }
  }

  function ready() {
    var p = st.payload;
    return st.map && p && st.labels && p.geometry && p.geometry.every(function (g) { return st.urls[g.level] === g.url; });
  }

  function load() {
    var p = st.payload, wants = [];
    if (!p.geometry || !p.labels || st.loading) { return; }
    p.geometry.forEach(function (g) {
      if (st.urls[g.level] === g.url) { return; }
      wants.push(get(g.url).then(function (r) { return r.arrayBuffer(); }).then(function (b) {
        var began = performance.now();
        st.levels[g.level] = gw.mapGeometry.decode(b, st.ref);
        st.urls[g.level] = g.url;
        note("decode", performance.now() - began);
      }));
    });
    if (typeof p.labels === "object") {
      st.labels = p.labels; st.labelsUrl = "";
    } else if (st.labelsUrl !== p.labels) {
      wants.push(get(p.labels).then(function (r) { return r.json(); }).then(function (l) {
        st.labels = l; st.labelsUrl = p.labels;
      }));
    }
    if (!wants.length) { return; }
    st.loading = true;
    Promise.all(wants).then(function () {
      st.loading = false; st.within = {}; st.drawn = {};
      begin();
    }, function () {
      st.loading = false;
      gw.mapParts.text(st.note, st.payload.words.away);
      setTimeout(function () { if (st.map) { load(); } }, RETRY);
    });
  }
  function get(url) {
    return fetch((document.documentElement.dataset.below || "") + url, { credentials: "same-origin" }).then(function (r) {
      if (!r.ok) { throw new Error(url + ": " + r.status); }
      return r;
    });
  }

  /* ---- view ------------------------------------------------------------------------------------------------- */
  function unit() { return st.unit.getBoundingClientRect().width || 8; }

  function resized() {
    if (!st.map) { return; }
    st.map.invalidateSize({ animate: false, pan: false });
    st.drawn.fit = "";
    if (ready()) { refresh("full"); }
  }
  function reset() {
    clearTimeout(st.timer);
    st.moved = false; st.drawn.fit = "";
    if (ready()) { refresh("full"); }
  }
  function schedule(kind) {
    if (kind === "full" || !st.want) { st.want = kind; }
    if (st.frame || st.fitting) { return; }
    st.frame = requestAnimationFrame(function () {
      var want = st.want;
      st.frame = 0; st.want = "";
      if (ready()) { refresh(want); }
    });
  }

  function outline() {
    var s = st.payload.scope;
    if (s.level > 0 && st.levels[s.level]) {
      var c = st.levels[s.level].indexOf.get(s.idx);
      return c === undefined ? null : { level: st.levels[s.level], cell: c };
    }
    return st.levels[0] && st.levels[0].n ? { level: st.levels[0], cell: 0 } : null;
  }

  /* Shows the whole scope beside (16:9) or above (32:9) the legend; the same place again sets nothing.  The legend's
     room is fixed, so that its rows, which change with the measure, never move the map. */
  function fit() {
    var out = outline(), size = st.map.getSize(), u = unit();
    var flat = st.legend && getComputedStyle(st.legend).flexDirection === "row";
    var pad = { l: (flat ? 2.5 : size.x > 2 * size.y ? 27 : 14) * u, r: 2.5 * u, t: 2.5 * u, b: (flat ? 11.5 : 2.5) * u };
    var key = [st.payload.scope.code, size.x, size.y, u, flat, st.urls[0]].join();
    if (st.moved || !out || !size.x || !size.y || st.drawn.fit === key) { return; }
    st.drawn.fit = key;
    var at = gw.mapView.fitting(out.level.box.subarray(4 * out.cell, 4 * out.cell + 4), st.ref, size, pad);
    st.fitting = true;
    st.map.setView(at.center, at.zoom, { animate: false });
    st.fitting = false; st.want = "";
  }

  /* null = all cells of the level; else one byte a cell: 1 where it lies in the scope */
  function within(v) {
    var s = st.payload.scope;
    if (s.level === 0 || !st.levels[v]) { return null; }
    if (!st.within[v]) {
      var parent = st.labels.parent;
      st.within[v] = Uint8Array.from(st.levels[v].ids, function (id) {
        for (var at = id; at >= 0; at = parent[at]) { if (at === s.idx) { return 1; } }
        return 0;
      });
    }
    return st.within[v];
  }

  function classesOf(measure) {
    var text = st.payload.classes[measure], held = st.classes[measure];
    if (!held || held.text !== text) { held = st.classes[measure] = { text: text, bytes: gw.mapGeometry.bytes(text) }; }
    return held.bytes;
  }

  function sizeTo(view) {
    if (st.ids && st.image.width === view.w && st.image.height === view.h) { return; }
    [st.fillCanvas, st.lineCanvas, st.markCanvas].forEach(function (c) {
      c.width = view.w; c.height = view.h;
      c.style.width = view.w / view.dpr + "px"; c.style.height = view.h / view.dpr + "px";
    });
    st.svg.setAttribute("width", view.w / view.dpr); st.svg.setAttribute("height", view.h / view.dpr);
    st.ids = new Uint32Array(view.w * view.h);
    st.image = new ImageData(view.w, view.h);
    st.pixels = new Uint32Array(st.image.data.buffer);
    st.drawn.view = "";
  }

  /* ---- drawing ---------------------------------------------------------------------------------------------- */
  function refresh(kind) {
    var p = st.payload, measure = p.measures.find(function (m) { return m.id === st.measure; }) || p.measures[0];
    furniture(p, measure);
    fit();
    var view = gw.mapView.look(st.map, st.ref);
    if (!view.w || !view.h) { return; }
    var s = (unit() / 8) * view.dpr, bytes = classesOf(measure.id), began = performance.now();
    sizeTo(view);
    var fill = kind === "rough" && st.fill && st.drawn.scope === p.scope.code ? st.fill : st.level || gw.mapView.fillLevel(st.levels, p.scope.level, view, EDGE * s, bytes, within);
    var scene = [view.key, fill, p.scope.code, p.geometry.map(function (g) { return g.url; }), s].join();
    var m = { levels: st.levels, outline: outline(), fill: fill, scope: p.scope, within: within, classes: bytes,
              hot: p.hot[measure.id], rough: kind === "rough" };
    var newView = st.drawn.view !== scene, level = st.levels[fill];
    if (!level) { return; }
    if (newView) {
      st.view = view; st.fill = fill; st.drawn.view = scene; st.drawn.scope = p.scope.code;
      st.bound = gw.mapGeometry.rasterise(level, view, st.ids, within(fill));
      st.pixels.fill(0);
      note("raster", performance.now() - began);
      hover(-1);
    }
    var style = [scene, measure.id, st.classes[measure.id].text, JSON.stringify(measure.legend[fill])].join("|");
    var styled = st.drawn.style !== style, restyleBegan = performance.now();
    if (styled) { st.drawn.style = style; colour(level, view, bytes, measure.legend[fill], s); }
    var marks = [style, m.hot.join()].join("|");
    if (st.drawn.marks !== marks) {
      st.drawn.marks = marks;
      gw.mapDraw.marks(st.markCanvas.getContext("2d"), view, m, s);
      styled = true;
    }
    if (styled) { note("restyle", performance.now() - restyleBegan); }
    if (newView || (st.drawn.rough && kind === "full")) {
      var linesBegan = performance.now();
      st.drawn.rough = m.rough;
      gw.mapDraw.lines(st.lineCanvas.getContext("2d"), view, m, s);
      st.L.DomUtil.setPosition(st.box, view.top);
      note("lines", performance.now() - linesBegan);
    }
    legend(p, measure, fill);
    var resizedPlates = gw.mapParts.plates(st.plates, p.plates, measure.id, enter, hoverPlate);
    if (newView || resizedPlates) { place(view); }
    if (newView) { note(kind === "rough" ? "pan" : "view", performance.now() - began); }
    if (st.hover >= 0) { say(); }            // a pointer left on the map must not keep old figures on it
  }

  function colour(level, view, bytes, rows, s) {
    var plain = level.plain || (level.plain = new Uint32Array(level.n + 1));
    var stripe = level.stripe || (level.stripe = new Uint32Array(level.n + 1));
    var ramp = new Uint32Array(256);
    rows.forEach(function (row) { ramp[row.code] = abgr(row.color); });
    for (var c = 0; c < level.n; c++) {
      var k = bytes[level.ids[c]];
      plain[c + 1] = ramp[k] || 0xff201309;
      stripe[c + 1] = k === 7 ? 0xff5f452c : plain[c + 1];
    }
    var b = st.bound;
    gw.mapGeometry.colour(st.ids, st.pixels, view, b, plain, stripe, Math.max(4, Math.round(6.5 * s)), Math.max(1, Math.round(1.7 * s)));
    if (b.x1 > b.x0) { st.fillCanvas.getContext("2d").putImageData(st.image, 0, 0); }
  }
  function abgr(hex) {
    var v = parseInt(hex.slice(1), 16);
    return (0xff000000 | ((v & 255) << 16) | (v & 0xff00) | (v >> 16)) >>> 0;
  }

  function furniture(p, measure) {
    gw.mapParts.chips(st.chips, p.measures, measure.id, p.words.chips, choose);
    if (st.back) {
      if (st.back.hidden === p.scope.level > 0) { st.back.hidden = p.scope.level === 0; }
      gw.mapParts.text(st.back, p.words.back);
    }
    gw.mapParts.text(st.note, p.words.note);
  }
  function legend(p, measure, fill) {
    var rows = measure.legend[fill] || [], name = p.levels[fill - 1] || "", finer = p.levels[fill];
    var hot = finer && st.levels[fill + 1] && p.hot[measure.id].length ? p.words.hot : "";
    gw.mapParts.legend(st.legend, measure, rows, p.words.by.replace("{level}", name), hot);
  }

  function spot(idx) {
    var level = st.levels[st.labels.level[idx]], c = level ? level.indexOf.get(idx) : undefined;
    if (c === undefined) { return { x: -1e4, y: -1e4, area: 0 }; }
    var k = 1 / st.view.dpr;
    return { x: (level.at[2 * c] * st.view.scale + st.view.dx) * k, y: (level.at[2 * c + 1] * st.view.scale + st.view.dy) * k,
             area: level.area[c] };
  }
  function place(view) {
    var base = st.root.getBoundingClientRect();
    var blocks = [st.legend, st.back, st.chips, st.note].filter(function (n) { return n && n.offsetWidth; }).map(function (n) {
      var r = n.getBoundingClientRect();
      return [r.left - base.left, r.top - base.top, r.right - base.left, r.bottom - base.top];
    });
    gw.mapParts.place(st.plates, st.payload.plates, spot, view.w / view.dpr, view.h / view.dpr, blocks);
  }

  /* ---- hit, hover, enter ------------------------------------------------------------------------------------ */
  function hitPosition(x, y) {
    var v = st.view;
    if (!v || !st.ids) { return -1; }
    var px = Math.floor(x * v.dpr), py = Math.floor(y * v.dpr);
    if (px < 0 || py < 0 || px >= v.w || py >= v.h) { return -1; }
    var place = st.ids[py * v.w + px];
    return place ? st.levels[st.fill].ids[place - 1] : -1;
  }
  function hoverPlate(idx, event) {
    var r = st.map.getContainer().getBoundingClientRect();
    hover(idx, event ? event.clientX - r.left : 0, event ? event.clientY - r.top : 0);
  }
  function hover(idx, x, y) {
    if (idx !== st.hover) {
      st.hover = idx;
      clearTimeout(st.leave);
      if (idx >= 0) { st.leave = setTimeout(function () { hover(-1); }, HOME_AFTER); }
      var level = idx >= 0 && st.levels[st.labels.level[idx]], c = level ? level.indexOf.get(idx) : undefined;
      st.path.setAttribute("d", c === undefined ? "" : gw.mapDraw.svgPath(level, c, st.view));
      st.map.getContainer().classList.toggle("gw-can-enter", idx >= 0);
    }
    st.tipAt = [x, y];
    say();
  }
  function say() {
    var size = st.map.getSize();
    gw.mapParts.tip(st.tip, st.hover >= 0 ? lines(st.hover) : null, st.tipAt[0], st.tipAt[1], size.x, size.y);
  }
  function lines(idx) {
    var p = st.payload;
    st.counts = st.counts || { n: gw.mapGeometry.varints(p.counts.n), need: gw.mapGeometry.varints(p.counts.need),
                               late: gw.mapGeometry.varints(p.counts.late) };
    return gw.mapParts.words(idx, p, st.labels, st.counts);
  }
  /* enters the child of the scope in which the cell lies: from the city a town, from a town a village */
  function enter(idx) {
    var s = st.payload && st.payload.scope, l = st.labels;
    for (; idx >= 0 && l.level[idx] > s.level + 1; idx = l.parent[idx]) { /* up to the child */ }
    if (idx >= 0 && idx !== s.idx && s.level < 2) { gw.onScope(l.code[idx]); }
  }
  function choose(id) {
    st.measure = id;
    if (ready()) { refresh("full"); }
  }

  function fix(level) {
    st.level = level;
    if (ready()) { refresh("full"); }
  }

  gw.map = { update: update, measure: choose, level: fix, hit: hitPosition, reset: reset, timings: t, leaflet: function () { return st.map; },
             state: function () { return { ready: !!ready(), fill: st.fill, measure: st.measure, moved: st.moved, hover: st.hover }; } };
})();
