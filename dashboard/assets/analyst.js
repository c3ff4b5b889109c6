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
    return gridwall.at("/analyst") + (text ? "?" + text : "");
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
      const answer = await fetch(gridwall.at("/desk/analyst?") + asked, { headers: { accept: "application/json" } });
      if (mine !== newest) return;
      if (answer.status === 401) {
        location.assign(gridwall.at("/login?next=") + encodeURIComponent(location.pathname + location.search));
        return;
      }
      const found = await answer.json();
      if (mine !== newest) return;
      if (!answer.ok) {
        say(english() ? found.error : found.error_zh || found.error, "fault");
        grid.classList.add("old");
        if (answer.status > 499) again(mine);
        return;
      }
      shown = found;
      say(found.behind, found.behind ? "fault" : "");
      grid.classList.remove("old");
      put(found);
      requestAnimationFrame(() => setTimeout(async () => {      // painted
        refreshList();
        await gridwall.charts.settled();
        if (mine !== newest) return;
        document.body.dataset.took = (performance.now() - began).toFixed(1);
        document.body.dataset.settled = String(mine);
      }));
    } catch (error) {
      if (mine !== newest) return;
      say(english() ? "The server does not answer; trying again" : "服务器没有回应，稍后自动重试", "fault");
      grid.classList.add("old");
      again(mine);
    } finally {
      clearTimeout(late);
      document.documentElement.dataset.up = "";
      if (mine === newest) {
        grid.classList.remove("reading");
        grid.setAttribute("aria-busy", "false");
      }
    }
  }
  function again(mine) {
    setTimeout(() => { if (mine === newest) show(); }, 4000 + Math.random() * 1000);
  }
  const reader = Math.random().toString(36).slice(2, 10);

  function put(found) {
    el("an-crumbs").innerHTML = found.crumbs;
    el("an-chips").innerHTML = found.chips;
    el("an-summary").innerHTML = found.summary;
    el("an-foot").textContent = found.foot;
    el("an-definitions").innerHTML = found.definitions;
    areaOption(found.area);
    hideTip();
    for (const [panel, drawn] of Object.entries(found.panels)) {
      body("an-note", panel).textContent = drawn.note;
      if (frames[panel] !== drawn.svg) body("an-body", panel).innerHTML = frames[panel] = drawn.svg;
      gridwall.charts.put(panel, drawn.figure);
      if (drawn.table) body("an-table", panel).innerHTML = drawn.table;
    }
  }

  // what a mark says, beside the pointer (or the finger); a row of hours is one mark, and its place tells which of them
  let tip = null;
  function hideTip() {
    if (tip) tip.hidden = true;
  }

  function showTip(event) {
    const mark = event.target.closest && event.target.closest(".an-drawing :is([data-say], [data-hours], a[aria-label])");
    if (!mark) {
      hideTip();
      return;
    }
    let said = mark.dataset.say || mark.getAttribute("aria-label");
    if (mark.dataset.hours) {
      const box = mark.getBoundingClientRect(), counts = mark.dataset.hours.split(",");
      const at = Math.min(counts.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * counts.length)));
      said = `${mark.dataset.name} ${String(at).padStart(2, "0")}:00 · ${counts[at]}`;
    }
    if (!tip) {
      tip = Object.assign(document.createElement("div"), { className: "an-tip" });
      tip.setAttribute("aria-hidden", "true");        // the tables say the same
      document.body.append(tip);      // outside what a very wide screen enlarges
    }
    tip.textContent = said;
    tip.hidden = false;
    const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8), above = event.clientY - tip.offsetHeight - 12;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${above > 4 ? above : event.clientY + 18}px`;
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
      link.href = gridwall.at("/analyst") + (text ? "?" + text : "");
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
      const answer = await fetch(`${gridwall.at("/desk/case")}?id=${encodeURIComponent(eid)}&lang=${start.lang}`);
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
      const drawn = format === "png" || format === "svg", chart = drawn && gridwall.charts.has(panel);
      const asked = new URLSearchParams({ ...words(), panel: panel, format: chart ? "figure" : drawn ? "svg" : format, lang: start.lang });
      if (chart) asked.set("theme", document.documentElement.dataset.theme || "night");
      if (shown) asked.set("snapshot", shown.snapshot);
      const answer = await fetch(gridwall.at("/desk/analyst/export?") + asked);
      if (!answer.ok) {
        const found = await answer.json();
        say(english() ? found.error : found.error_zh || found.error, "fault");
        return;
      }
      const saved = named(answer, panel).replace(/\.(svg|json)$/, "." + format);
      if (drawn) {
        const picture = chart ? await gridwall.charts.picture(await answer.json()) : await answer.text();
        save(format === "png" ? await painted(picture) : new Blob([picture], { type: "image/svg+xml" }), saved);
      } else {
        save(await answer.blob(), saved);
      }
      say(english() ? `Saved ${saved}` : `已导出 ${saved}`);
    } catch (error) {
      say(english() ? "The export failed; try again" : "导出失败，请重试", "fault");
    }
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
      if (href && href.split("?")[0] === gridwall.at("/analyst") && !link.classList.contains("desk-link")) {
        event.preventDefault();
        go(href);
      }
    }
  }

  function asTable(button) {
    const panel = button.dataset.table, on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    const table = body("an-table", panel), drawing = body("an-body", panel);
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
    page.addEventListener("click", clicked);
    page.addEventListener("pointermove", showTip);
    page.addEventListener("pointerleave", hideTip);
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
    gridwall.charts.begin(start.charts);
    show();
  }

  gridwall.analyst = { go, withWords, exportAs };         // for analyst_charts.js
  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.analyst = {
    open: (given) => {
      if (!given) return window.dash_clientside.no_update;
      start = given;
      newest = 0;
      frames = {};
      listed = null;
      begin();
      return 1;
    },
    openCase: (cell) => {
      if (cell && cell.rowId) openCase(cell.rowId, cell.colId === "case_number" ? cell.value : "");
      return window.dash_clientside.no_update;
    },
  };
})();
