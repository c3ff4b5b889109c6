// The analyst's workbench in the browser: the address is the state.  Every choice is a link; this script follows links of its
// own page without loading it anew, asks /desk/analyst for what the address says, and puts the answer into the panels.
"use strict";

(() => {
  const gridwall = (window.gridwall = window.gridwall || {});
  const ID = (type, panel) => `{"panel":"${panel}","type":"${type}"}`;
  const el = (id) => document.getElementById(id);
  const body = (type, panel) => el(ID(type, panel));
  const LATE_MS = 150;                    // a view that takes longer says that it is being read
  let start = null, newest = 0, shown = null, frames = {};

  const english = () => start.lang === "en";
  const say = (words, kind) => {
    const place = el("an-says");
    place.textContent = words || "";
    place.dataset.kind = kind || "";
  };

  // -------------------------------------------------------------------------------------------- the address
  function words() {
    return Object.fromEntries(new URLSearchParams(location.search));
  }

  function go(href, replace) {
    const url = new URL(href, location.href);
    if (url.pathname !== location.pathname) {
      location.assign(url);
      return;
    }
    if (url.search === location.search) return;
    history[replace ? "replaceState" : "pushState"]({}, "", url.pathname + url.search);
    show();
  }

  function withWords(changes) {
    const query = new URLSearchParams(location.search);
    for (const [word, value] of Object.entries(changes)) value ? query.set(word, value) : query.delete(word);
    const text = query.toString();
    return "/analyst" + (text ? "?" + text : "");
  }

  const tabOf = (query) => (start.tabs[query.tab] ? query.tab : "overview");

  // -------------------------------------------------------------------------------------------- one view
  async function show() {
    const query = words(), mine = ++newest, began = performance.now();
    const tab = tabOf(query), grid = el("an-grid");
    arrange(tab);
    setFilters(query);
    grid.setAttribute("aria-busy", "true");
    const late = setTimeout(() => { if (mine === newest) grid.classList.add("reading"); }, LATE_MS);
    try {
      const asked = new URLSearchParams({ ...query, tab: tab, lang: start.lang });
      asked.set("reader", reader);
      const open = [...document.querySelectorAll("[data-table][aria-pressed=true]")].map((b) => b.dataset.table);
      if (open.length) asked.set("tables", open.join(","));
      const answer = await fetch("/desk/analyst?" + asked, { headers: { accept: "application/json" } });
      if (mine !== newest) return;
      if (answer.status === 401) {
        location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
        return;
      }
      const found = await answer.json();
      if (mine !== newest) return;
      if (!answer.ok) {
        say(english() ? found.error : found.error_zh || found.error, "fault");
        grid.classList.add("old");
        return;
      }
      shown = found;
      say("");
      grid.classList.remove("old");
      put(found);
      requestAnimationFrame(() => setTimeout(() => {      // painted
        document.body.dataset.took = (performance.now() - began).toFixed(1);
        document.body.dataset.settled = String(mine);
        refreshList();
      }));
    } catch (error) {
      if (mine !== newest) return;
      say(english() ? "The server does not answer; trying again" : "服务器没有回应，稍后自动重试", "fault");
      grid.classList.add("old");
      setTimeout(() => { if (mine === newest) show(); }, 4000);
    } finally {
      clearTimeout(late);
      if (mine === newest) {
        grid.classList.remove("reading");
        grid.setAttribute("aria-busy", "false");
      }
    }
  }
  const reader = Math.random().toString(36).slice(2, 10);

  function put(found) {
    el("an-crumbs").innerHTML = found.crumbs;
    el("an-chips").innerHTML = found.chips;
    el("an-summary").innerHTML = found.summary;
    el("an-foot").textContent = found.foot;
    el("an-definitions").innerHTML = found.definitions;
    areaOption(found.area);
    for (const [panel, drawn] of Object.entries(found.panels)) {
      if (drawn.chart) draw(panel, drawn.chart);
      body("an-note", panel).textContent = drawn.note;
    }
    for (const [panel, drawn] of Object.entries(found.panels)) {
      if (drawn.svg && frames[panel] !== drawn.svg) body("an-body", panel).innerHTML = frames[panel] = drawn.svg;
      if (drawn.table) body("an-table", panel).innerHTML = drawn.table;
    }
  }

  function draw(panel, figure) {
    const text = JSON.stringify(figure);
    if (frames[panel] === text) return;
    frames[panel] = text;
    const holder = body("an-graph", panel), graph = holder && holder.querySelector(".js-plotly-plot");
    if (graph && window.Plotly) {
      const size = sizes.get(holder);        // told to it: finding it out makes the browser lay out the whole page
      window.Plotly.react(graph, figure.data, size ? { ...figure.layout, ...size, autosize: false } : figure.layout);
    } else {
      dash_clientside.set_props({ type: "an-graph", panel: panel }, { figure: figure });   // before the chart's bundle is there
    }
    watch(panel);
  }

  const sizes = new Map();
  const sized = new ResizeObserver((entries) => {
    for (const { target, contentRect: { width, height } } of entries) if (width && height) sizes.set(target, { width: width, height: height });
  });

  // days that are dragged over are chosen
  const watched = new Set();
  function watch(panel) {
    if (panel !== "trend" || watched.has(panel)) return;
    const holder = body("an-graph", panel), graph = holder && holder.querySelector(".js-plotly-plot");
    if (!graph || !graph.on) {
      setTimeout(() => watch(panel), 200);
      return;
    }
    watched.add(panel);
    graph.on("plotly_selected", (chosen) => {
      const range = chosen && chosen.range && chosen.range.x;
      if (!range) return;
      const [a, b] = range.map((v) => String(v).slice(0, 10)).sort();
      go(withWords({ from: a, to: b, win: "" }));
    });
  }

  function arrange(tab) {
    const wanted = start.tabs[tab];
    for (const section of document.querySelectorAll(".an-panel")) {
      const id = section.id.slice("an-p-".length);
      section.hidden = id === "cases" ? !(tab === "overview" || tab === "cases") : !wanted.includes(id);
      if (wanted.includes(id)) section.style.order = wanted.indexOf(id);
    }
    el("an-grid").dataset.tab = tab;
    for (const link of document.querySelectorAll(".an-tab")) {
      const query = words();
      if (link.dataset.tab === "overview") delete query.tab; else query.tab = link.dataset.tab;
      const text = new URLSearchParams(query).toString();
      link.href = "/analyst" + (text ? "?" + text : "");
      link.dataset.tab === tab ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
    }
  }

  // -------------------------------------------------------------------------------------------- the filters
  function setFilters(query) {
    const form = el("an-filters");
    for (const field of form.querySelectorAll("select, input")) {
      let value = query[field.name] || "";
      if (field.name === "win") value = query.from ? "days" : query.win || "30d";
      if (field.tagName === "SELECT" && ![...field.options].some((o) => o.value === value)) {
        if (value) field.add(new Option(value.replaceAll(",", " + "), value));
      }
      if (field.value !== value) field.value = value;
      field.closest("label").classList.toggle("set", Boolean(value) && !(field.name === "win" && value === "30d"));
    }
    form.classList.toggle("days", Boolean(query.from));
  }

  // an area below those that the list names keeps its name in it
  function areaOption(area) {
    const field = el("an-filters").elements.area;
    let option = [...field.options].find((o) => o.value === area.code);
    if (!option && area.code) field.add((option = new Option(area.name, area.code)));
    if (option && area.code && option.text === area.code) option.text = area.name;
    if (field.value !== area.code && (area.code || field.options[0].value === "")) field.value = area.code === shown.within ? "" : area.code;
  }

  function changed(field) {
    const form = el("an-filters");
    if (field.name === "win") {
      if (field.value === "days") {
        form.classList.add("days");
        form.querySelector("[name=from]").focus();
        return;
      }
      go(withWords({ win: field.value === "30d" ? "" : field.value, from: "", to: "" }));
    } else if (field.name === "from" || field.name === "to") {
      const from = form.elements.from.value, to = form.elements.to.value;
      if (from) go(withWords({ from: from, to: to && to >= from ? to : from, win: "" }));
    } else {
      go(withWords({ [field.name]: field.value }));
    }
  }

  // -------------------------------------------------------------------------------------------- the list
  let listed = null;
  function refreshList() {
    if (!start.cases) return;
    const query = new URLSearchParams(location.search);
    query.delete("tab");
    const text = query.toString();
    if (text === listed) return;
    const first = listed === null;
    listed = text;
    dash_clientside.set_props("an-words", { data: text });
    if (first) return;          // the grid asks by itself when it is made
    const grid = window.dash_ag_grid && dash_ag_grid.getApi("an-cases");
    if (grid) {
      grid.ensureIndexVisible && grid.getDisplayedRowCount() && grid.ensureIndexVisible(0);
      grid.purgeInfiniteCache();
    }
  }

  // -------------------------------------------------------------------------------------------- one case
  async function openCase(eid, number) {
    const dialog = el("an-case"), place = el("an-case-body");
    el("an-case-title").textContent = (english() ? "Case " : "案件 ") + (number || "");
    place.innerHTML = "";
    place.textContent = english() ? "Reading…" : "正在读取…";
    if (!dialog.open) dialog.showModal();
    try {
      const answer = await fetch(`/desk/case?id=${encodeURIComponent(eid)}&lang=${start.lang}`);
      const found = await answer.json();
      if (!answer.ok) {
        place.textContent = english() ? found.error : found.error_zh;
        return;
      }
      el("an-case-title").textContent = found.title;
      place.innerHTML = found.html;
    } catch (error) {
      place.textContent = english() ? "The server does not answer" : "服务器没有回应";
    }
  }

  // -------------------------------------------------------------------------------------------- exports
  const named = (answer, fallback) => {
    const found = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("content-disposition") || "");
    return found ? decodeURIComponent(found[1]) : fallback;
  };

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  async function exportAs(panel, format) {
    say(english() ? "Writing the file…" : "正在生成文件…");
    try {
      const chart = start.charts.includes(panel) && (format === "png" || format === "svg");
      const asked = new URLSearchParams({ ...words(), panel: panel, format: format === "png" ? "svg" : format, lang: start.lang });
      if (chart) asked.set("format", "csv");          // written down as any other export; its head is the chart's caption
      const answer = await fetch("/desk/analyst/export?" + asked);
      if (!answer.ok) {
        const found = await answer.json();
        say(english() ? found.error : found.error_zh || found.error, "fault");
        return;
      }
      const name = named(answer, panel);
      if (chart) {
        save(await chartFile(panel, format, await answer.text()), name.replace(/\.csv$/, "." + format));
      } else if (format === "png") {
        save(await painted(await answer.text()), name.replace(/\.svg$/, ".png"));
      } else {
        save(await answer.blob(), name);
      }
      say(english() ? `Saved ${name.replace(/\.(csv|svg)$/, "." + format)}` : `已导出 ${name.replace(/\.(csv|svg)$/, "." + format)}`);
    } catch (error) {
      say(english() ? "The export failed; try again" : "导出失败，请重试", "fault");
    }
  }

  // a chart with its caption: title and filters above, definition and snapshot below
  async function chartFile(panel, format, csv) {
    const figure = JSON.parse(frames[panel]);
    const lines = csv.replace(/^\ufeff/, "").split(/\r\n/).filter((l) => /^"?# /.test(l)).map((l) => l.replace(/^"?# /, "").replace(/"$/, "").replaceAll('""', '"'));
    const per = english() ? 130 : 70, folded = [];
    for (const line of lines.slice(2)) for (let i = 0; i < line.length; i += per) folded.push(line.slice(i, i + per));
    const note = (text, y, anchor, size, colour) => ({ text: text, x: 0, xref: "paper", xanchor: "left", y: y, yref: "paper", yanchor: anchor,
      showarrow: false, align: "left", font: { size: size, color: colour } });
    const layout = { ...figure.layout, width: 1100, height: 560 + 20 * folded.length, paper_bgcolor: "#0B1521",
      margin: { l: 60, r: 60, t: 110, b: 90 + 20 * folded.length },
      annotations: [{ ...note(lines[0], 1, "bottom", 18, "#EDF3F9"), yshift: 66 }, { ...note(lines[1], 1, "bottom", 14, "#B3C3D2"), yshift: 42 },
        { ...note(folded.map((l) => l.replace(/[<>&]/g, "")).join("<br>"), 0, "top", 14, "#8599AD"), yshift: -58 }] };
    const url = await window.Plotly.toImage({ data: figure.data, layout: layout }, { format: format, width: layout.width, height: layout.height, scale: format === "png" ? 2 : 1 });
    return blobOf(url);
  }

  // what a data: address holds (the page's own policy lets nothing fetch one)
  function blobOf(url) {
    const at = url.indexOf(","), head = url.slice(5, at), data = url.slice(at + 1);
    if (!head.endsWith(";base64")) return new Blob([decodeURIComponent(data)], { type: head });
    return new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: head.slice(0, -7) });
  }

  // an SVG as PNG, twice its size
  async function painted(text) {
    const picture = new Image();
    const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    try {
      picture.src = url;
      await picture.decode();
      const canvas = document.createElement("canvas");
      canvas.width = picture.width * 2;
      canvas.height = picture.height * 2;
      const pen = canvas.getContext("2d");
      pen.scale(2, 2);
      pen.drawImage(picture, 0, 0);
      return await new Promise((done) => canvas.toBlob(done, "image/png"));
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  // -------------------------------------------------------------------------------------------- hands and keys
  function clicked(event) {
    const format = event.target.closest("[data-format]");
    if (format) {
      format.closest("details").open = false;
      exportAs(format.dataset.panel, format.dataset.format);
      return;
    }
    const table = event.target.closest("[data-table]");
    if (table) {
      asTable(table);
      return;
    }
    const mark = event.target.closest("[data-go]");
    if (mark) {
      go(mark.dataset.go);
      return;
    }
    const link = event.target.closest("a[href]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      const href = link.getAttribute("href");
      if (href && (href === "/analyst" || href.startsWith("/analyst?")) && !link.classList.contains("desk-link")) {
        event.preventDefault();
        go(href);
      }
    }
  }

  function asTable(button) {
    const panel = button.dataset.table, on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    const table = body("an-table", panel), drawing = body("an-body", panel) || body("an-graph", panel);
    table.innerHTML = "";
    table.hidden = !on;
    drawing.hidden = on;
    drawing.style.display = on ? "none" : "";
    if (on) show();         // its rows come with the answer
  }

  function pressed(event) {
    if (event.key !== "Escape" || event.defaultPrevented || el("an-case").open) return;
    const open = document.querySelector(".an-export[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
      return;
    }
    const up = el("an-up");
    if (up) go(up.getAttribute("href"));
  }

  function begin() {
    document.title = (english() ? "Workbench · " : "研判台 · ") + (document.querySelector(".desk-title") || {}).textContent;
    document.documentElement.lang = english() ? "en" : "zh-CN";
    for (const span of document.querySelectorAll("[data-date]")) {
      const field = Object.assign(document.createElement("input"), { type: "date", name: span.dataset.date });
      span.replaceChildren(field);
    }
    const page = document.querySelector(".analyst");
    for (const holder of document.querySelectorAll(".an-graph")) sized.observe(holder);
    page.addEventListener("click", clicked);
    page.addEventListener("change", (event) => { if (event.target.closest("#an-filters")) changed(event.target); });
    el("an-filters").addEventListener("submit", (event) => event.preventDefault());
    el("an-case-close").addEventListener("click", () => el("an-case").close());
    el("an-case").addEventListener("click", (event) => { if (event.target === el("an-case")) el("an-case").close(); });
    el("an-link").addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(location.href);
        say(english() ? "The link is copied" : "链接已复制");
      } catch (error) {
        say(location.href);
      }
    });
    if (!gridwall.analystKeys) {
      gridwall.analystKeys = true;
      document.addEventListener("keydown", (event) => { if (document.querySelector(".analyst")) pressed(event); });
      window.addEventListener("popstate", () => { if (document.querySelector(".analyst")) show(); });
    }
    show();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.analyst = {
    open: (given) => {
      if (!given) return window.dash_clientside.no_update;
      start = given;
      newest = 0;
      frames = {};
      listed = null;
      watched.clear();
      begin();
      return 1;
    },
    openCase: (cell) => {
      if (cell && cell.rowId) openCase(cell.rowId, cell.colId === "case_number" ? cell.value : "");
      return window.dash_clientside.no_update;
    },
  };
})();
