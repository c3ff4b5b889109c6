/* The HTML parts of the map: plates, legend, measure chips, tooltip.  Each part is rewritten only when its content
   changed, so that nothing flickers; texts go in as text, never as markup. */
(function () {
  "use strict";
  var gw = (window.gridwall = window.gridwall || {});
  var parts = (gw.mapParts = {});

  function element(tag, className, text) {
    var e = document.createElement(tag);
    e.className = className;
    if (text !== undefined) { e.textContent = text; }
    return e;
  }
  function changed(node, key) {
    if (node.gwKey === key) { return false; }
    node.gwKey = key;
    return true;
  }

  parts.legend = function (node, measure, rows, by, hot) {
    if (!node || !changed(node, JSON.stringify([measure, rows, by, hot]))) { return false; }
    node.replaceChildren();
    node.appendChild(element("div", "gw-legend-head", measure.head));
    var list = element("div", "gw-legend-rows");
    rows.forEach(function (row) {
      var line = element("div", "gw-legend-row gw-legend-" + row.kind + (row.code === 6 ? " gw-legend-top" : ""));
      var swatch = element("span", "gw-legend-swatch");
      swatch.style.backgroundColor = row.color;
      line.append(swatch, element("span", "gw-legend-label", row.label));
      list.appendChild(line);
    });
    if (hot) {
      var line = element("div", "gw-legend-row gw-legend-hot");
      line.append(element("span", "gw-legend-swatch"), element("span", "gw-legend-label", hot));
      list.appendChild(line);
    }
    node.appendChild(list);
    node.appendChild(element("div", "gw-legend-foot", by));
    return true;
  };

  parts.chips = function (node, measures, chosen, label, choose) {
    if (!node || !changed(node, JSON.stringify([measures.map(function (m) { return m.chip; }), chosen]))) { return; }
    node.setAttribute("aria-label", label);
    while (node.children.length > measures.length) { node.lastChild.remove(); }
    measures.forEach(function (m, i) {
      var b = node.children[i];
      if (!b) {
        b = element("button", "gw-map-chip");
        b.type = "button";
        b.addEventListener("click", function () { choose(b.dataset.measure); });
        node.appendChild(b);
      }
      b.dataset.measure = m.id;
      b.textContent = m.chip;
      b.setAttribute("aria-pressed", String(m.id === chosen));
    });
  };

  /* Plates keep their element while their cell stays; returns true where a size may have changed. */
  parts.plates = function (node, plates, measure, enter, hover) {
    if (!changed(node, JSON.stringify([plates, measure]))) { return false; }
    while (node.children.length > plates.length) { node.lastChild.remove(); }
    plates.forEach(function (plate, i) {
      var e = node.children[i];
      if (!e) {
        e = element("button", "gw-plate");
        e.type = "button";
        e.append(element("span", "gw-plate-name"), element("span", "gw-plate-value"), element("span", "gw-plate-badge"));
        e.addEventListener("click", function (event) { event.stopPropagation(); enter(Number(e.dataset.idx)); });
        e.addEventListener("pointerenter", function (event) { hover(Number(e.dataset.idx), event); });
        e.addEventListener("pointerleave", function () { hover(-1); });
        node.appendChild(e);
      }
      e.dataset.idx = plate.idx;
      e.classList.toggle("gw-plate-watch", plate.watch.indexOf(measure) >= 0);
      e.children[0].textContent = plate.name;
      e.children[1].textContent = plate.values[measure];
      e.children[2].textContent = plate.badge ? plate.badge.mark : "";
      e.children[2].className = "gw-plate-badge" + (plate.badge ? " gw-badge-" + plate.badge.severity : "");
    });
    return true;
  };

  /* Puts every plate as near to its cell as it can stand without touching another: badges first, then from the
     largest cell; one that finds no place within one and a half of its heights is left out rather than drawn over another
     or far from what it names. */
  parts.place = function (node, plates, spot, width, height, obstacles) {
    var sizes = plates.map(function (_, i) {
      return [node.children[i].offsetWidth, node.children[i].offsetHeight];
    });
    var order = plates.map(function (_, i) { return i; }).sort(function (a, b) {
      return (plates[b].badge ? 1 : 0) - (plates[a].badge ? 1 : 0) || spot(plates[b].idx).area - spot(plates[a].idx).area;
    });
    var taken = obstacles.slice();
    order.forEach(function (i) {
      var at = spot(plates[i].idx), w = sizes[i][0], h = sizes[i][1], gap = h * 0.12, found = null;
      for (var ring = 0; ring <= 3 && !found; ring++) {
        for (var k = 0; k < (ring ? 12 : 1) && !found; k++) {
          var x = at.x - w / 2 + Math.cos((k * Math.PI) / 6) * ring * h * 0.5;
          var y = at.y - h / 2 + Math.sin((k * Math.PI) / 6) * ring * h * 0.5;
          var free = x >= 0 && y >= 0 && x + w <= width && y + h <= height && taken.every(function (t) {
            return x + w + gap <= t[0] || t[2] + gap <= x || y + h + gap <= t[1] || t[3] + gap <= y;
          });
          if (free) { found = [x, y, x + w, y + h]; }
        }
      }
      var e = node.children[i];
      e.style.visibility = found ? "" : "hidden";
      if (found) {
        taken.push(found);
        e.style.transform = "translate(" + Math.round(found[0]) + "px," + Math.round(found[1]) + "px)";
      }
    });
  };

  /* What the tooltip says of a cell: its name below the scope, then its figures in words. */
  parts.words = function (idx, p, labels, counts) {
    var n = counts.n[idx], need = counts.need[idx], late = counts.late[idx], people = labels.population[idx], w = p.words;
    var say = function (text, values) {
      return text.replace(/\{(\w+)\}/g, function (_, k) { return values[k].toLocaleString("en"); });
    };
    var name = labels.name[idx], up = labels.parent[idx];
    for (; up >= 0 && up !== p.scope.idx; up = labels.parent[up]) {
      name = name.indexOf(labels.name[up]) === 0 ? name : labels.name[up] + " · " + name;
    }
    var out = [name, say(w.n, { n: n })];
    if (need) { out.push(say(w.need, { need: need, late: late })); }
    out.push(!need ? w.none : need < 20 ? w.few : say(w.share, { share: ((100 * late) / need).toFixed(1) }));
    if (people > 0) { out.push(say(w.rate, { rate: ((1000 * n) / people).toFixed(1) })); }
    return out;
  };

  parts.tip = function (node, lines, x, y, width, height) {
    if (!node) { return; }
    if (!lines) { node.classList.remove("gw-on"); node.gwKey = ""; return; }
    if (changed(node, lines.join("\n"))) {
      node.replaceChildren.apply(node, lines.map(function (line, i) {
        return element("div", i ? "gw-tip-line" : "gw-tip-name", line);
      }));
      node.classList.add("gw-on");
    }
    var w = node.offsetWidth, h = node.offsetHeight, off = h * 0.16;
    var left = x + off + w > width ? x - off - w : x + off, top = y + off + h > height ? y - off - h : y + off;
    node.style.transform = "translate(" + Math.round(Math.max(0, left)) + "px," + Math.round(Math.max(0, top)) + "px)";
  };

  parts.text = function (node, text) {
    if (node && changed(node, text)) { node.textContent = text; }
  };
})();
