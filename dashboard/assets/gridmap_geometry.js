/* Geometry of the map: decodes the binaries of geo/pack.py, projects them, rasterises cell ids.  Pure functions and
   typed arrays, no DOM.  World coordinates are Web Mercator in [0, 1], kept as 32-bit offsets from a reference point
   (0.002 of the world wide: exact to a thousandth of a pixel at any zoom of a wall). */
(function () {
  "use strict";
  var gw = (window.gridwall = window.gridwall || {});
  var geo = (gw.mapGeometry = {});

  geo.worldX = function (lon) { return lon / 360 + 0.5; };
  geo.worldY = function (lat) {
    var s = Math.sin((lat * Math.PI) / 180);
    return 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI);
  };

  function reader(bytes, at) {
    return function () {
      var value = 0, scale = 1, b;
      do {
        b = bytes[at++];
        if (b === undefined) { throw new Error("level geometry is cut short"); }
        value += (b & 127) * scale;
        scale *= 128;
      } while (b > 127);
      return value;
    };
  }
  function unzigzag(v) { return v % 2 ? -(v + 1) / 2 : v / 2; }

  /* ArrayBuffer -> {n, ids, cellRing, ringAt, x, y, box, area, at}: rings of cell c are cellRing[c]..cellRing[c+1], the
     vertices of ring r are ringAt[r]..ringAt[r+1]; box is 4 a cell (world offsets), area in world units squared, at a
     point inside each cell; ref is the reference point that all levels of one map share. */
  geo.decode = function (buffer, ref) {
    var view = new DataView(buffer), bytes = new Uint8Array(buffer);
    if (bytes.length < 48 || view.getUint32(0, true) !== 0x4d475747 || bytes[4] !== 1) {
      throw new Error("not a level geometry of version 1");
    }
    var west = view.getFloat64(8, true), south = view.getFloat64(16, true), quantum = view.getFloat64(24, true);
    var n = view.getUint32(32, true), p = view.getUint32(36, true), r = view.getUint32(40, true), v = view.getUint32(44, true);
    var next = reader(bytes, 48), i, j, k;
    var ids = new Int32Array(n), id = 0;
    for (i = 0; i < n; i++) { id += unzigzag(next()); ids[i] = id; }
    var parts = new Uint32Array(n), rings = new Uint32Array(p);
    for (i = 0; i < n; i++) { parts[i] = next(); }
    for (i = 0; i < p; i++) { rings[i] = next(); }
    var cellRing = new Uint32Array(n + 1), ringAt = new Uint32Array(r + 1);
    for (i = 0, j = 0; i < n; i++) {
      var sum = 0;
      for (k = 0; k < parts[i]; k++) { sum += rings[j++]; }
      cellRing[i + 1] = cellRing[i] + sum;
    }
    for (i = 0; i < r; i++) { ringAt[i + 1] = ringAt[i] + next(); }
    var x = new Float32Array(v), y = new Float32Array(v), fx = 0, fy = 0;
    for (i = 0; i < r; i++) {
      var gx = fx, gy = fy;
      for (j = ringAt[i]; j < ringAt[i + 1]; j++) {
        gx += unzigzag(next()); gy += unzigzag(next());
        if (j === ringAt[i]) { fx = gx; fy = gy; }
        var wx = geo.worldX(west + gx * quantum), wy = geo.worldY(south + gy * quantum);
        if (ref.x === undefined) { ref.x = wx; ref.y = wy; }
        x[j] = wx - ref.x; y[j] = wy - ref.y;
      }
    }
    var level = { n: n, ids: ids, cellRing: cellRing, ringAt: ringAt, x: x, y: y,
                  px: new Float32Array(v), py: new Float32Array(v) };
    measure(level);
    return level;
  };

  function measure(level) {
    var n = level.n, box = new Float32Array(4 * n), area = new Float64Array(n), at = new Float32Array(2 * n);
    for (var c = 0; c < n; c++) {
      var x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity, sum = 0, sx = 0, sy = 0;
      for (var r = level.cellRing[c]; r < level.cellRing[c + 1]; r++) {
        var a = level.ringAt[r], b = level.ringAt[r + 1], ox = level.x[a], oy = level.y[a];
        for (var i = a; i < b; i++) {
          var j = i + 1 < b ? i + 1 : a, x = level.x[i], y = level.y[i];
          if (x < x0) { x0 = x; } if (x > x1) { x1 = x; }
          if (y < y0) { y0 = y; } if (y > y1) { y1 = y; }
          var w = (x - ox) * (level.y[j] - oy) - (level.x[j] - ox) * (y - oy);
          sum += w;
          sx += w * ((x + level.x[j] - 2 * ox) / 3 + ox - level.x[level.ringAt[level.cellRing[c]]]);
          sy += w * ((y + level.y[j] - 2 * oy) / 3 + oy - level.y[level.ringAt[level.cellRing[c]]]);
        }
      }
      var first = level.ringAt[level.cellRing[c]];
      box.set([x0, y0, x1, y1], 4 * c);
      area[c] = Math.abs(sum) / 2;
      at[2 * c] = level.x[first] + (sum ? sx / sum : 0);
      at[2 * c + 1] = level.y[first] + (sum ? sy / sum : 0);
      if (!geo.inside(level, c, at[2 * c], at[2 * c + 1])) { chord(level, c, (y0 + y1) / 2, at); }
    }
    level.box = box; level.area = area; level.at = at;
    level.edge = Math.sqrt(Array.from(area).sort(function (p, q) { return p - q; })[n >> 1] || 0);
    level.indexOf = new Map();
    for (var k = 0; k < n; k++) { level.indexOf.set(level.ids[k], k); }
  }

  /* a cell whose centroid lies outside (a crescent): the middle of the longest chord at half height instead */
  function chord(level, c, y, at) {
    var xs = crossings(level, c, y).sort(function (p, q) { return p - q; }), best = -1;
    for (var i = 0; i + 1 < xs.length; i += 2) {
      if (xs[i + 1] - xs[i] > best) { best = xs[i + 1] - xs[i]; at[2 * c] = (xs[i] + xs[i + 1]) / 2; at[2 * c + 1] = y; }
    }
  }
  function crossings(level, c, y) {
    var xs = [];
    for (var r = level.cellRing[c]; r < level.cellRing[c + 1]; r++) {
      var a = level.ringAt[r], b = level.ringAt[r + 1];
      for (var i = a; i < b; i++) {
        var j = i + 1 < b ? i + 1 : a, y0 = level.y[i], y1 = level.y[j];
        if (y0 <= y !== y1 <= y) { xs.push(level.x[i] + ((y - y0) / (y1 - y0)) * (level.x[j] - level.x[i])); }
      }
    }
    return xs;
  }
  geo.inside = function (level, c, x, y) {
    return crossings(level, c, y).filter(function (at) { return at > x; }).length % 2 === 1;
  };

  /* world offsets -> device pixels of the canvas: p = world * scale + shift; done once a view and level */
  geo.project = function (level, view) {
    if (level.viewKey === view.key) { return; }
    for (var i = 0; i < level.x.length; i++) {
      level.px[i] = level.x[i] * view.scale + view.dx;
      level.py[i] = level.y[i] * view.scale + view.dy;
    }
    level.viewKey = view.key;
  };

  var scratch = new Uint8Array(0);

  /* Writes place + 1 of every wanted cell into ids (w*h, zero elsewhere): a pixel belongs to the cell that holds its
     centre.  Each edge toggles one pixel a row, then a sweep fills: equal edges of neighbours toggle equal pixels, so
     a coverage has neither gaps nor overlaps.  wanted: null or one byte a cell.  Returns the box that was written. */
  geo.rasterise = function (level, view, ids, wanted) {
    var w = view.w, h = view.h, px = level.px, py = level.py, bound = { x0: w, y0: h, x1: 0, y1: 0 };
    ids.fill(0);
    geo.project(level, view);
    for (var c = 0; c < level.n; c++) {
      if (wanted && !wanted[c]) { continue; }
      var bx0 = Math.max(0, Math.floor(level.box[4 * c] * view.scale + view.dx) - 1);
      var by0 = Math.max(0, Math.floor(level.box[4 * c + 1] * view.scale + view.dy) - 1);
      var bx1 = Math.min(w, Math.ceil(level.box[4 * c + 2] * view.scale + view.dx) + 1);
      var by1 = Math.min(h, Math.ceil(level.box[4 * c + 3] * view.scale + view.dy) + 1);
      var bw = bx1 - bx0, bh = by1 - by0;
      if (bw <= 0 || bh <= 0) { continue; }
      if (scratch.length < bw * bh) { scratch = new Uint8Array(bw * bh * 2); }
      for (var r = level.cellRing[c]; r < level.cellRing[c + 1]; r++) {
        var a = level.ringAt[r], b = level.ringAt[r + 1];
        for (var i = a; i < b; i++) {
          var j = i + 1 < b ? i + 1 : a, ax = px[i], ay = py[i], cx = px[j], cy = py[j];
          if (ay > cy) { var t = ax; ax = cx; cx = t; t = ay; ay = cy; cy = t; }
          var row = Math.max(Math.ceil(ay - 0.5), by0), end = Math.min(Math.ceil(cy - 0.5), by1);
          if (row >= end) { continue; }
          var slope = (cx - ax) / (cy - ay);
          for (; row < end; row++) {
            var x = Math.ceil(ax + (row + 0.5 - ay) * slope - 0.5);
            if (x < bx1) { scratch[(row - by0) * bw + (x < bx0 ? 0 : x - bx0)] ^= 1; }
          }
        }
      }
      for (var yy = 0; yy < bh; yy++) {
        var s = yy * bw, o = (yy + by0) * w + bx0, on = 0;
        for (var xx = 0; xx < bw; xx++) {
          if (scratch[s + xx]) { on ^= 1; scratch[s + xx] = 0; }
          if (on) { ids[o + xx] = c + 1; }
        }
      }
      if (bx0 < bound.x0) { bound.x0 = bx0; } if (by0 < bound.y0) { bound.y0 = by0; }
      if (bx1 > bound.x1) { bound.x1 = bx1; } if (by1 > bound.y1) { bound.y1 = by1; }
    }
    return bound;
  };

  /* The one pass of a value change: id -> colour (ABGR), with a second colour where the hatching stripe lies. */
  geo.colour = function (ids, out, view, bound, plain, stripe, period, width) {
    var phase = new Uint8Array(period);
    for (var k = 0; k < width; k++) { phase[k] = 1; }
    for (var y = bound.y0; y < bound.y1; y++) {
      var at = y * view.w + bound.x0, end = y * view.w + bound.x1, turn = (bound.x0 + y) % period;
      for (; at < end; at++) {
        out[at] = phase[turn] ? stripe[ids[at]] : plain[ids[at]];
        if (++turn === period) { turn = 0; }
      }
    }
  };

  geo.bytes = function (base64) {
    var text = atob(base64), out = new Uint8Array(text.length);
    for (var i = 0; i < text.length; i++) { out[i] = text.charCodeAt(i); }
    return out;
  };
  geo.varints = function (base64) {
    var raw = geo.bytes(base64), n = 0, i;
    for (i = 0; i < raw.length; i++) { if (raw[i] < 128) { n++; } }
    var out = new Uint32Array(n), next = reader(raw, 0);
    for (i = 0; i < n; i++) { out[i] = next(); }
    return out;
  };
})();
