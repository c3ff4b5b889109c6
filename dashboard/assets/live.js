// The live road in the browser: pulse -> one fetch -> one clientside callback -> only the changed panels redraw.
// Also tells the truth about age: every second each panel's state (live, late, stale, faulty) is worked out anew from
// the server's clock and the last instant at which *what is on the screen* was known to be true, so that nothing can look
// live that is not: a pulse tells of a newer snapshot, but only having drawn it makes the screen younger.
"use strict";

(() => {
  const gridwall = (window.gridwall = window.gridwall || {});
  const STEP_MS = 5000; // our own clocks may differ by so much
  const STEP_SAID_MS = 60000; // a step of the server's clock is said for so long
  const SLACK_MS = 1500; // a pulse may be this late before an interval counts as missed
  const UNHEARD_MS = 6000; // a server that sends nothing for so long does not answer, though no connection broke
  const DRAW_MS = 6000; // a map or chart that is not drawn by then is said
  const words = {
    zh: {
      late: "迟到", stale: "陈旧", faulty: "故障", empty: "空", live: "实时", loading: "读取中",
      lateNote: (s) => `迟到 ${s}，正在重读`, staleNote: (t) => `所示为 ${t} 的数，勿据此调度`,
      server: "服务器无应答，正在重连", key: "本屏密钥无效或已停用", drawing: (e) => `此面板绘制出错：${e}`, undrawn: { map: "地图尚未画出，将自动重新载入", chart: "图表尚未画出，将自动重新载入" },
      source: (f, n, t) => `${f}，第 ${n} 次重试在 ${t}`, awaits: (f) => `尚无可示之数：${f}；恢复后自动装载`,
      loading_what: { start: "正在启动", demo: "正在生成演示城市", event: "正在读取事件", transition: "正在读取流转",
        read: "正在读取源库", derive: "正在推算事实", grid: "正在读取网格", write: "正在写入事实", done: "正在出图" },
      ago: (s) => (s < 60 ? `${s} 秒前` : s < 3600 ? `${Math.floor(s / 60)} 分前` : s < 86400 ? `${Math.floor(s / 3600)} 时前` : `${Math.floor(s / 86400)} 天前`),
      until: (t) => `截至 ${t}`,
      span: (s) => (s < 120 ? `${s} 秒` : s < 7200 ? `${Math.floor(s / 60)} 分` : `${Math.floor(s / 3600)} 时`),
      and: "；", checked: (t) => `0 件，${t} 已核`, rows: (n) => `异常行 ${n}`, ahead: (n) => `未来时间 ${n} 件`,
    },
    en: {
      late: "late", stale: "stale", faulty: "fault", empty: "empty", live: "live", loading: "loading",
      lateNote: (s) => `late by ${s}; reading again`, staleNote: (t) => `shows ${t}; do not act on it`,
      server: "server does not answer; reconnecting", key: "this screen's key is not valid any more", drawing: (e) => `this panel cannot be drawn: ${e}`, undrawn: { map: "the map is not drawn yet; loading again by itself", chart: "the chart is not drawn yet; loading again by itself" },
      source: (f, n, t) => `${f}; try ${n} at ${t}`, awaits: (f) => `Nothing to show yet: ${f}; it loads by itself`,
      loading_what: { start: "starting", demo: "making the demo city", event: "reading events", transition: "reading transitions",
        read: "reading the source", derive: "deriving the facts", grid: "reading the grid", write: "writing the facts", done: "drawing" },
      ago: (s) => (s < 60 ? `${s} s ago` : s < 3600 ? `${Math.floor(s / 60)} min ago` : s < 86400 ? `${Math.floor(s / 3600)} h ago` : `${Math.floor(s / 86400)} d ago`),
      until: (t) => `until ${t}`,
      span: (s) => (s < 120 ? `${s} s` : s < 7200 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 3600)} h`),
      and: "; ", checked: (t) => `0, checked ${t}`, rows: (n) => `${n} faulty rows`, ahead: (n) => `${n} yet to come`,
    },
  };

  const held = {
    page: null, id: "", etag: "", asOf: 0, checked: 0, serverAt: 0, wallAt: 0, lastPulse: 0, tick: 1000, source: { ok: true, fault: "" },
    panels: {}, undrawn: {}, busy: false, again: false, asked: 0, down: 0, denied: false, painted: 0, fetches: 0, build: "", reload: 0, ahead: 0,
  };
  gridwall.held = held;
  let port = null;
  let stream = "";

  // The server's clock, carried on by whichever of our two has run further since it was last told: the one stands still
  // while a computer sleeps, the other may be set.  A wall clock that is far ahead of the other was set, if a pulse comes soon.
  const serverNow = () => {
    if (!held.serverAt) return Date.now();
    const wall = Date.now() - held.wallAt;
    const steady = performance.now() - held.lastPulse;
    if (wall - steady < STEP_MS) held.ahead = 0;
    else if (!held.ahead) held.ahead = performance.now();
    const slept = held.ahead && performance.now() - held.ahead > 2.5 * held.tick;
    return held.serverAt + (wall - steady < STEP_MS || slept ? Math.max(wall, steady) : steady);
  };
  const isHistory = () => held.asOf > 0 && held.checked - held.asOf > 3600000;
  // the clock that ages are told by: the server's, or where a closed log stands
  gridwall.serverNow = () => (isHistory() ? held.asOf : serverNow());
  gridwall.onScope = (code) => {
    if (!held.page) return;
    const query = new URLSearchParams(window.location.search);
    if (code) query.set("scope", code);
    else query.delete("scope");
    const search = query.toString();
    window.history.pushState({}, "", window.location.pathname + (search ? "?" + search : ""));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.dispatchEvent(new PopStateEvent("popstate"));
  };

  const unit = () => parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--u-px")) || window.innerHeight / 1080;
  const element = (type, panel) => document.getElementById(JSON.stringify({ panel, type }));
  const say = () => words[(held.page && held.page.lang) || "zh"];
  const stepWords = () => held.source.stepped[held.page.lang] || held.source.stepped.zh;
  const waitingWords = () => (held.source.waiting ? held.source.waiting[held.page.lang] || held.source.waiting.zh : "");

  function setText(node, text) {
    if (node && node.textContent !== text) node.textContent = text;
  }

  let format = null;
  function clock(instant) {
    if (!format) format = new Intl.DateTimeFormat("en-GB", { timeZone: held.page.timezone, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
    return instant ? format.format(instant) : "--:--:--";
  }
  gridwall.clock = clock;

  // ---- the stream -------------------------------------------------------------------------------------------
  function query(page) {
    return new URLSearchParams({ page: page.page, scope: page.scope, lang: page.lang });
  }

  function listen(page) {
    const url = `/live?${query(page)}`;
    if (url === stream) return;
    if (port) port.postMessage("bye");
    stream = url;
    const hear = (message) => (message.pulse ? onPulse(message.pulse) : onDown(message.down));
    const alone = () => {
      let source = null;
      let timer = 0;
      const connect = () => {
        source = new EventSource(url);
        source.onmessage = (event) => hear({ pulse: JSON.parse(event.data) });
        source.onerror = () => { source.close(); hear({ down: 1 }); timer = setTimeout(connect, 500 + Math.random() * 1000); };
      };
      port = { postMessage: () => { clearTimeout(timer); source.close(); } };
      connect();
    };
    if (window.SharedWorker) {
      const worker = new SharedWorker(`/assets/live-worker.js?v=${held.build}`, { name: url });
      worker.onerror = () => { if (url === stream) alone(); }; // its script did not come
      port = worker.port;
      port.onmessage = (event) => hear(event.data);
      port.start();
    } else {
      alone();
    }
  }

  function onDown(times) {
    held.down = times;
  }

  // a connection that is broken tells; one that only stays silent (a stalled server, a cut on the way) is told by its silence
  function unheard() {
    const silent = performance.now() - held.lastPulse;
    const patience = Math.max(3.5 * held.tick, UNHEARD_MS);
    if (held.asked && performance.now() - held.asked > patience) return true; // its stream comes through, and no answer does
    return held.down ? silent > 2.5 * held.tick : held.lastPulse > 0 && silent > patience;
  }

  function note(now, source) {
    Object.assign(held, { serverAt: now, wallAt: Date.now(), lastPulse: performance.now(), source, down: 0 });
  }

  // what is on the screen is the snapshot `id`, true for asOf (a closed log stands still) by a source read at `checked`
  function confirm(id, asOf, checked) {
    Object.assign(held, { id, denied: false, refused: "", asked: 0 });
    if (asOf) held.asOf = asOf;
    if (checked) held.checked = checked;
  }

  // whether all comes that the page is made of, as the server has it now
  async function whole() {
    const answer = await fetch(window.location.href, { cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || !page.getElementById("gw-end")) return false;
    const parts = [...page.querySelectorAll("script[src], link[rel=stylesheet]")].map((n) => n.getAttribute("src") || n.getAttribute("href"));
    for (const part of [...parts, "/_dash-layout?whole", "/_dash-dependencies?whole"]) {
      const came = await fetch(part, { cache: "no-cache" });
      if (!came.ok) return false;
      await came.arrayBuffer();
    }
    return true;
  }

  // Another version of the program has been started under the open wall: load it, but only from a server that gives all of
  // it, and not all screens of a hall at once.
  function renew(build) {
    if (!build || !held.build || build === held.build || held.reload) return;
    held.reload = setTimeout(async () => {
      held.reload = 0;
      try {
        const last = Number(sessionStorage.getItem("gridwall-renewed")) || 0;
        if (Math.abs(Date.now() - last) < 300000) return; // two versions behind one address: do not go back and forth
        if (!await whole()) return;
        sessionStorage.setItem("gridwall-renewed", String(Date.now()));
        window.location.reload();
      } catch (error) {
        // away again: the next pulse asks anew
      }
    }, 2000 + Math.random() * 20000);
  }

  function onPulse(pulse) {
    note(pulse.now, pulse.source);
    held.tick = pulse.tick_ms;
    renew(pulse.build);
    // the same snapshot, or a newer one with the same pixels
    if (pulse.id && held.id && (pulse.id === held.id || (pulse.changed.length === 0 && pulse.before === held.id))) {
      confirm(pulse.id, pulse.as_of, pulse.checked);
      tick();
      return;
    }
    if (!pulse.id) {
      tick();
      return;
    }
    window.dash_clientside.set_props("pulse", { data: { id: pulse.id } });
  }

  // ---- the fetch, and the one callback ----------------------------------------------------------------------
  async function fetchPage() {
    const page = held.page;
    const search = query(page);
    search.delete("page");
    if (held.id) search.set("since", held.id);
    const abort = new AbortController();
    // where the stream is silent too, the connection may be one that answers no more: a new one is tried soon
    const timer = setTimeout(() => abort.abort(), performance.now() - held.lastPulse > 2.5 * held.tick && held.lastPulse ? 3000 : 8000);
    held.asked = held.asked || performance.now();
    try {
      const answer = await fetch(`/snapshot/${page.page}?${search}`, {
        signal: abort.signal, cache: "no-store", headers: held.etag ? { "If-None-Match": held.etag } : {},
      });
      if (page !== held.page) return null; // the screen has moved on meanwhile
      held.fetches += 1;
      const [now, asOf, checked, ok] = (answer.headers.get("x-gridwall") || "").split(",").map(Number);
      if (now) note(now, ok ? { ...held.source, ok: true, fault: "", loading: null } : held.source);
      if (now || answer.status < 500) held.asked = 0; // else it is a proxy's answer in the server's place
      renew(answer.headers.get("x-build"));
      if (answer.status === 304) {
        confirm(answer.headers.get("x-snapshot"), asOf, checked); // the same pixels under a newer id
        return null;
      }
      const body = await answer.json();
      if (page !== held.page) return null;
      if (answer.status === 202) {
        note(body.now, body.source);
        return null;
      }
      if (answer.status === 400) {
        held.refused = (page.lang === "zh" && body.error_zh) || body.error; // the address names something that is not there: said, not retried as a fault
        return null;
      }
      held.denied = answer.status === 401;
      if (!answer.ok) throw new Error(body.error || answer.statusText);
      held.etag = answer.headers.get("etag");
      return { ...body, asOf, checked };
    } finally {
      clearTimeout(timer);
    }
  }

  function scaled(value, u, key) {
    // sizes in a figure are written in units of the wall; this makes pixels of them
    if (Array.isArray(value)) return value.map((v) => scaled(v, u, key));
    if (value && typeof value === "object") {
      const out = {};
      for (const [k, v] of Object.entries(value)) out[k] = scaled(v, u, k);
      return out;
    }
    const sizes = ["size", "width", "l", "r", "t", "b", "pad", "standoff", "ticklen", "tickwidth", "gridwidth", "linewidth", "zerolinewidth", "xshift", "yshift", "borderpad"];
    return typeof value === "number" && sizes.includes(key) ? value * u : value;
  }

  function chart(figure) {
    const u = unit();
    return {
      data: figure.data.map((trace) => ({
        ...trace, ...(trace.line ? { line: scaled(trace.line, u) } : {}), ...(trace.marker ? { marker: scaled(trace.marker, u) } : {}),
        ...(trace.textfont ? { textfont: scaled(trace.textfont, u) } : {}),
      })),
      layout: scaled(figure.layout, u),
    };
  }

  async function redraw() {
    const none = window.dash_clientside.no_update;
    const [, charts] = window.dash_clientside.callback_context.outputs_list;
    const nothing = [none, charts.map(() => none)];
    if (!held.page) return nothing;
    if (held.busy) {
      held.again = true;
      return nothing;
    }
    held.busy = true;
    const page = held.page;
    let body = null;
    try {
      body = await fetchPage();
    } catch (error) {
      if (page === held.page && !held.down) held.down = 1;
    } finally {
      if (page === held.page) {
        held.busy = false;
        if (held.again) {
          held.again = false;
          setTimeout(() => window.dash_clientside.set_props("pulse", { data: { id: "again-" + performance.now() } }), 0);
        }
      }
    }
    if (!body) {
      tick();
      return nothing;
    }
    confirm(body.id, body.asOf, body.checked);
    if (held.page.scope) setText(document.querySelector(".top-scope"), body.scope_name);
    for (const [id, panel] of Object.entries(body.panels)) {
      held.panels[id] = panel;
      try {
        const place = panel.html !== undefined && element("panel-body", id);
        if (place) gridwall.morph(place, panel.html);
        if (panel.map) drawMap(panel.map);
      } catch (error) {
        // this panel says so, and is asked for again with the next page; the others live on
        held.panels[id] = { ...panel, state: "faulty", note: say().drawing(error.message) };
        held.etag = "";
        console.error(error);
      }
    }
    requestAnimationFrame(() => requestAnimationFrame(() => {
      held.painted = body.id;
      document.documentElement.dataset.painted = body.id;
      tick();
    }));
    return [body.id, charts.map(({ id }) => {
      const panel = body.panels[id.panel];
      return panel && panel.chart ? chart(panel.chart) : none;
    })];
  }

  // when what was drawn is on the screen in its own letters, and the page has a moment
  async function settled() {
    const pause = (time) => new Promise((done) => { setTimeout(done, time); });
    await Promise.race([document.fonts.ready, pause(2000)]);
    await pause(200);
    if (window.requestIdleCallback) await new Promise((done) => { requestIdleCallback(done, { timeout: 1500 }); });
  }

  // the graphs, put into their places once, after the first drawing: Plotly's bundle holds a slow screen up for a second
  async function graphs() {
    const places = window.dash_clientside.callback_context.outputs_list;
    await settled();
    return places.map(({ id }) => {
      const own = held.panels[id.panel];
      if (!own || !own.chart || document.getElementById(JSON.stringify({ panel: id.panel, type: "panel-chart" }))) {
        return window.dash_clientside.no_update;
      }
      return {
        namespace: "dash_core_components", type: "Graph",
        props: {
          id: { panel: id.panel, type: "panel-chart" }, className: "panel-graph", responsive: true,
          config: { displayModeBar: false, staticPlot: true }, figure: chart(own.chart),
        },
      };
    });
  }

  function drawMap(payload) {
    if (gridwall.map && gridwall.map.update) gridwall.map.update(payload);
    else setTimeout(() => drawMap(payload), 50);
  }

  // ---- what each panel says of itself -------------------------------------------------------------------------
  // what of a panel's drawing does not stand although its numbers are here: "map", "chart" or ""
  function undrawn(panel, own) {
    const frame = element("panel", panel);
    let lacks = "";
    if (own && frame.offsetWidth) { // in this shape of screen it is shown
      if (own.map && !(gridwall.map && gridwall.map.state().ready)) lacks = "map";
      if (own.chart && !frame.querySelector(".main-svg")) lacks = "chart";
    }
    if (!lacks) {
      delete held.undrawn[panel];
      delete frame.dataset.undrawn;
    } else if (!held.undrawn[panel]) {
      held.undrawn[panel] = performance.now();
      frame.dataset.undrawn = ""; // layouts/html/watchdog.js loads the page anew if it stays so
    }
    return lacks;
  }

  function stateOf(panel, own, now) {
    if (!own) return held.source.loading ? "loading" : held.source.ok ? "loading" : "faulty";
    if (own.state === "faulty") return "faulty";
    if (undrawn(panel, own)) return performance.now() - held.undrawn[panel] < DRAW_MS ? "loading" : "faulty";
    const age = now - held.checked - SLACK_MS;
    const every = held.page.every[panel] || 5000;
    if (age > 2 * every) return held.source.fault && !held.down ? "faulty" : "stale";
    if (age > every) return "late";
    return own.state;
  }

  function noteOf(panel, state, own, now) {
    const w = say();
    if (state === "faulty" && own && own.state === "faulty") return own.note;
    if (held.undrawn[panel]) return state === "faulty" ? w.undrawn[own.map ? "map" : "chart"] : "";
    if (state === "faulty" || (state === "loading" && held.source.fault)) {
      return troubleOfSource();
    }
    if (state === "loading" && held.source.loading) return "";
    if (state === "stale") return (held.down ? w.server + "；" : "") + w.staleNote(clock(own.as_of || held.asOf));
    if (state === "late") return held.down ? w.server : w.lateNote(w.span(Math.round((now - held.checked) / 1000)));
    if (state === "empty") return own.note || w.checked(clock(held.asOf));
    return (own && own.note) || "";
  }

  // the server says them in both languages; a page of another version says the fault's bare name
  function faultWords() {
    const { said, fault } = held.source;
    return (said && (said[held.page.lang] || said.zh)) || fault;
  }
  const troubleOfSource = () => say().source(faultWords(), held.source.retries, clock(held.source.retry_at));

  const day = (page, instant) => new Intl.DateTimeFormat("en-CA", { timeZone: page.timezone }).format(instant);
  const weekday = (page, instant) => new Intl.DateTimeFormat(page.lang === "zh" ? "zh-CN" : "en-GB", {
    timeZone: page.timezone, weekday: "short" }).format(instant);

  function tick() {
    const page = held.page;
    if (!page || !document.getElementById("wall")) return;
    const w = say();
    const now = serverNow();
    for (const panel of page.panels) {
      const frame = element("panel", panel);
      if (!frame) continue;
      const own = held.panels[panel];
      const state = stateOf(panel, own, now);
      if (frame.dataset.state !== state) frame.dataset.state = state;
      setText(element("panel-time", panel), own ? clock(own.as_of || held.asOf) : "");
      setText(element("panel-state", panel), state === "live" ? "" : w[state]);
      setText(element("panel-note", panel), noteOf(panel, state, own, now));
    }
    const age = Math.max(0, Math.round((now - held.checked) / 1000));
    const history = isHistory();
    setText(document.getElementById("top-snapshot"), held.id);
    setText(document.getElementById("top-age"), history ? w.until(day(page, held.asOf) + " " + clock(held.asOf)) : held.checked ? w.ago(age) : "—");
    setText(document.getElementById("top-clock"), clock(now));
    setText(document.getElementById("top-date"), `${day(page, now)} ${weekday(page, now)}`);
    const top = document.getElementById("top-fault");
    let trouble;
    if (held.refused) trouble = held.refused;
    else if (held.denied) trouble = w.key;
    else if (unheard()) trouble = w.server;
    else if (held.source.loading) {
      const [what, done, total] = held.source.loading;
      trouble = (w.loading_what[what] || what) + (total ? ` ${Math.floor((100 * done) / total)}%` : "");
      if (held.source.fault === "damaged") trouble = `${faultWords()} · ${trouble}`;
      else if (held.source.fault) trouble = troubleOfSource();
      else if (held.source.waiting) trouble += w.and + waitingWords();
    } else if (!held.source.ok && held.source.fault) trouble = troubleOfSource();
    else if (held.source.waiting) trouble = waitingWords();
    else if (held.source.rejected) trouble = held.source.rejected[page.lang] || held.source.rejected.zh;
    else if (held.source.stepped && Math.abs(now - held.source.stepped_at) < STEP_SAID_MS) trouble = stepWords();
    else {
      const { faulty_rows: rows, ahead } = held.source;
      trouble = [rows && w.rows(rows.toLocaleString("en")), ahead && w.ahead(ahead.toLocaleString("en"))].filter(Boolean).join(" · ");
    }
    setText(top, trouble);
    if ((trouble || held.painted) && !("up" in document.documentElement.dataset)) document.documentElement.dataset.up = "";
    // long work shows how far it is where the back row reads: in the headline's place; so does what an empty wall waits for
    const waits = !held.id && !held.source.loading && !held.source.ok && Boolean(held.source.fault);
    const place = page.panels.length && element("panel", page.panels[0]);
    const sign = place && place.querySelector(".panel-loading");
    if (sign) {
      const [, done, total] = held.source.loading || ["", 0, 0];
      if (held.source.loading || waits) {
        setText(sign, waits ? w.awaits(faultWords()) : trouble);
        sign.style.setProperty("--done", total ? String(done / total) : "0");
        sign.classList.add("progress");
      }
      sign.classList.toggle("awaits", waits);
    }
    const hangs = (held.source.fault && held.source.fault !== "damaged") || held.source.waiting;
    const kind = held.source.loading && !hangs ? "loading" : held.down || unheard() || held.refused || held.denied || hangs || !held.source.ok ? "fault"
      : held.source.rejected ? "rejected" : "rows";
    if (top && top.dataset.kind !== kind) top.dataset.kind = kind;
  }
  gridwall.tick = tick;

  setInterval(() => {
    tick();
    // after two missed pulses the page polls by ETag: the path that always works
    if (held.page && !held.busy && performance.now() - held.lastPulse > 2.5 * held.tick) {
      if (performance.now() - (held.lastPoll || 0) > 2 * held.tick + Math.random() * held.tick) {
        held.lastPoll = performance.now();
        window.dash_clientside.set_props("pulse", { data: { id: "poll-" + performance.now() } });
      }
    }
  }, 1000);

  window.addEventListener("pagehide", (event) => port && !event.persisted && port.postMessage("bye"));

  let resized = 0;
  window.addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => {
      for (const [id, panel] of Object.entries(held.panels)) {
        if (panel.chart) window.dash_clientside.set_props({ type: "panel-chart", panel: id }, { figure: chart(panel.chart) });
      }
    }, 150);
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.gridwall = {
    // the page has been laid out: take its words, listen to its stream
    open(page) {
      if (!page) return window.dash_clientside.no_update;
      Object.assign(held, { page, refused: "", id: "", etag: "", panels: {}, undrawn: {}, busy: false, again: false, asked: 0, build: held.build || page.build });
      format = null;
      document.title = page.title;
      document.documentElement.lang = page.lang === "zh" ? "zh-CN" : "en";
      listen(page);
      return { id: "open-" + performance.now() };
    },
    redraw, graphs,
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && held.page && held.page.scope) gridwall.onScope(held.page.parent || "");
  });
})();
