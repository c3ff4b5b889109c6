/* Where the map looks: the view in device pixels, the fit of a scope into its place, the level that is filled.
   Functions of what they are given; the state is gridmap.js's. */
(function () {
  "use strict";
  var gw = (window.gridwall = window.gridwall || {});
  var view = (gw.mapView = {});

  /* The present view of a Leaflet map: device pixel = world offset * scale + (dx, dy); top is the layer point of the
     container's corner, where the canvases stand. */
  view.look = function (map, ref) {
    var size = map.getSize(), dpr = window.devicePixelRatio || 1, scale = 256 * Math.pow(2, map.getZoom()) * dpr;
    var top = map.containerPointToLayerPoint([0, 0]), origin = map.getPixelOrigin();
    var dx = ref.x * scale - (origin.x + top.x) * dpr, dy = ref.y * scale - (origin.y + top.y) * dpr;
    var w = Math.round(size.x * dpr), h = Math.round(size.y * dpr);
    return { w: w, h: h, dpr: dpr, scale: scale, dx: dx, dy: dy, top: top, lat: map.getCenter().lat,
             key: [w, h, dpr, scale.toFixed(3), dx.toFixed(3), dy.toFixed(3)].join() };
  };

  /* Centre and zoom that show a box of world offsets as large as the place within its padding {l, r, t, b} allows. */
  view.fitting = function (box, ref, size, pad) {
    var bw = box[2] - box[0], bh = box[3] - box[1];
    var span = Math.min(Math.max(size.x - pad.l - pad.r, 50) / bw, Math.max(size.y - pad.t - pad.b, 50) / bh);
    var x = ref.x + box[0] + bw / 2 + (pad.r - pad.l) / (2 * span);
    var y = ref.y + box[1] + bh / 2 + (pad.b - pad.t) / (2 * span);
    var lat = (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
    return { center: [lat, (x - 0.5) * 360], zoom: Math.log2(span / 256) };
  };

  /* The finest level whose cells are large enough to be told apart and mostly say something (a level that is nearly
     all "few" would be a hatched city); its hottest children are outlined on top.  edge: device pixels. */
  view.fillLevel = function (levels, scopeLevel, now, edge, classes, within) {
    var least = scopeLevel + 1;
    for (var v = 5; v > least; v--) {
      var level = levels[v];
      if (!level || !level.n || level.edge * now.scale < edge) { continue; }
      var wanted = within(v), few = 0, all = 0;
      for (var c = 0; c < level.n; c++) {
        if (!wanted || wanted[c]) { all++; if (classes[level.ids[c]] === 7) { few++; } }
      }
      if (few * 2 <= all) { return v; }
    }
    return levels[least] && levels[least].n ? least : scopeLevel;
  };
})();
