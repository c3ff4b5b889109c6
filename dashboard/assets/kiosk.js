// The duty desk in the browser: asks for its parts every 15 s, carries the countdowns by the server's clock, answers touches.
// What a touch means is written on the part itself (layouts/kiosk/parts.py); the filters live in the address.
"use strict";

(() => {
  const gridwall = (window.gridwall = window.gridwall || {});
  if (!window.location.pathname.startsWith(gridwall.at("/kiosk"))) return;
  const EVERY_MS = 15000;
  const RETRY_MS = 3000;
  const IDLE_MS = 90000;
  const WARN_MS = 10000;
  const PICKS = ["stage", "dept", "place", "tab", "side", "more"];
  const words = {
    zh: {
      over: "超期", left: "后到期", day: "天", hour: "时", minute: "分", second: "秒", ago: (t) => `${t}前`, until: (t) => `截至 ${t}`,
      wait: (s) => `冷却 ${s} 秒`, ready: "可刷新", idle: (s) => `（${s} 秒）`,
      away: "服务器无应答，正在重连", server: (t) => `服务器无应答，所示为 ${t}前的情况；恢复后自动续上`, source: (f, t) => `${f}，所示为 ${t}前的数；恢复后自动续上`,
      loading: "正在读取数据…", login: "登录已过期，请重新登录", denied: "当前账号无此权限", copied: "已复制", notCopied: "未能复制，请长按选取",
      noted: "已知悉", noCase: "时间线暂不可用", on: (t) => `确认知悉：${t}`, busy: "正在提交…",
    },
    en: {
      over: "overdue", left: "left", day: "d", hour: "h", minute: "min", second: "s", ago: (t) => `${t} ago`, until: (t) => `until ${t}`,
      wait: (s) => `cooling ${s} s`, ready: "ready", idle: (s) => ` (${s} s)`,
      away: "The server does not answer; connecting again", server: (t) => `The server does not answer; this is how it was ${t} ago; it goes on by itself`, source: (f, t) => `${f.charAt(0).toUpperCase() + f.slice(1)}; the numbers are ${t} old; it goes on by itself`,
      loading: "Reading the data…", login: "The session has ended; log in again", denied: "This account may not do that", copied: "Copied", notCopied: "Could not copy; select the text by hand",
      noted: "noted", noCase: "The timeline is not available now", on: (t) => `Acknowledge: ${t}`, busy: "Sending…",
    },
  };
  const held = { now: 0, at: 0, asOf: 0, checked: 0, down: false, cut: false, timer: 0, busy: 0, last: performance.now(), turn: 0, source: null, note: null, dead: "", why: "", wait: 0, waitAt: 0, parts: {} };
  gridwall.kiosk = held;
  const root = () => document.getElementById("kiosk");
  const find = (id) => document.getElementById(id);
  const lang = () => (root() && root().dataset.lang) || "zh";
  const say = () => words[lang()];
  const query = () => new URLSearchParams(window.location.search);

  function setText(node, text) {
    if (node && node.textContent !== text) node.textContent = text;
  }

  // ---- time: the server's, carried on by ours -----------------------------------------------------------------------
  const passed = () => performance.now() - held.at;
  const serverNow = () => (held.now ? held.now + passed() : Date.now());
  // a closed log stands still
  const isHistory = () => held.asOf > 0 && held.checked - held.asOf > 3600000;
  const dataNow = () => (isHistory() ? held.asOf : serverNow());
  gridwall.serverNow = () => dataNow();
  const two = (n) => String(n).padStart(2, "0");

  function span(ms) {
    const w = say();
    const gap = lang() === "zh" ? "" : " ";
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 60) return `${s} ${w.second}`;
    if (s < 3600) return `${Math.floor(s / 60)} ${w.minute}`;
    if (s < 86400) return `${Math.floor(s / 3600)} ${w.hour} ${two(Math.floor((s % 3600) / 60))}${gap}${lang() === "zh" ? ` ${w.minute}` : ""}`.trim();
    return `${Math.floor(s / 86400)} ${w.day}`;
  }

  // hh:mm:ss ahead (days from two days on); what is past in its largest unit
  function due(ms) {
    if (ms < 0) {
      const s = Math.floor(-ms / 1000);
      return s < 60 ? `${s} ${say().second}` : span(-ms);
    }
    const s = Math.floor(ms / 1000);
    if (s >= 172800) return `${Math.floor(s / 86400)} ${say().day}`;
    return `${two(Math.floor(s / 3600))}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  }

  let format = null;
  function clock() {
    if (!format) format = new Intl.DateTimeFormat("en-GB", { timeZone: root().dataset.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
    return format.format(serverNow());
  }

  // the day and minute at which a closed log stands, in the city's zone
  function stamp(instant) {
    const parts = { timeZone: root().dataset.zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false };
    return new Intl.DateTimeFormat("en-CA", parts).format(instant).replace(",", "");
  }

  function tick() {
    if (!root()) return;
    const now = dataNow();
    setText(find("k-clock"), clock());
    for (const node of root().querySelectorAll("[data-due-ms]")) {
      const ms = Number(node.dataset.dueMs) - now;
      setText(node, due(ms));
      const row = node.closest(".k-row");
      if (row) {
        // the browser only carries on what the server said: a row that passes its limit says so at once
        if (ms < 0) row.classList.add("over");
        row.classList.toggle("near", ms >= 0 && ms < 3600000);
        setText(row.querySelector(".k-word"), ms < 0 ? say().over : say().left);
      }
    }
    for (const node of root().querySelectorAll("[data-seen-ms]")) setText(node, span(serverNow() - Number(node.dataset.seenMs)));
    for (const node of root().querySelectorAll("[data-until-ms]")) setText(node, span(Number(node.dataset.untilMs) - now));
    const age = find("k-age");
    if (age) setText(age, isHistory() ? say().until(stamp(held.asOf)) : say().ago(span(serverNow() - held.checked)));
    cool();
    trouble();
    idle();
  }

  function cool() {
    const node = document.querySelector("[data-wait-ms]");
    const left = Math.ceil((held.wait - (performance.now() - held.waitAt)) / 1000);
    setText(node, left > 0 ? say().wait(left) : say().ready);
    const button = find("k-refresh");
    if (button) button.classList.toggle("cooling", left > 0);
  }

  function trouble() {
    const place = find("k-lost");
    const old = span(serverNow() - held.checked);
    let text = "";
    if (held.dead) text = held.dead;
    else if (held.down && held.now) text = say().server(span(performance.now() - held.at));
    else if (held.down) text = held.cut ? say().away : held.why || say().loading;
    else if (held.source && held.source.told) text = say().source(held.source.told[lang()], old);
    setText(place, text);
    root().classList.toggle("lost", Boolean(text));
  }

  // ---- asking ------------------------------------------------------------------------------------------------------
  // ``quiet``: the page's own doing, which keeps no session from ending idle
  async function ask(path, body, quiet) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), 10000);
    try {
      const answer = await fetch(gridwall.at(path), body === undefined ? { cache: "no-store", signal: abort.signal, headers: quiet ? { "X-Gridwall-Quiet": "1" } : {} } : {
        method: "POST", cache: "no-store", signal: abort.signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
      const found = await answer.json();
      return { status: answer.status, found, fault: answer.ok ? "" : (lang() === "zh" && found.error_zh) || found.error || answer.statusText };
    } finally {
      clearTimeout(timer);
    }
  }

  function asked() {
    const out = { lang: lang() };
    const q = query();
    for (const key of PICKS) if (q.get(key)) out[key] = q.get(key);
    return out;
  }

  function draw(found) {
    Object.assign(held, { now: found.now, at: performance.now(), asOf: found.as_of, checked: found.checked, source: found.source, down: false, dead: "", parts: found.parts });
    fill();
    const wait = document.querySelector("[data-wait-ms]");
    held.wait = wait ? Number(wait.dataset.waitMs) : 0;
    held.waitAt = performance.now();
    setText(find("k-shift-name"), found.shift[0]);
    setText(find("k-shift-span"), found.shift[1]);
    document.documentElement.dataset.kiosk = String(found.now);
    tick();
  }

  function fill() {
    for (const [id, html] of Object.entries(held.parts)) {
      const place = find(`k-${id}`);
      if (place) gridwall.morph(place, html);
    }
  }

  // one question at a time; the newest wins, and an answer that comes after another was asked is let go
  async function load(path = "/desk/kiosk/queue", body = undefined, quiet = false) {
    const mine = (held.turn += 1);
    clearTimeout(held.timer);
    let next = EVERY_MS;
    try {
      const words_ = asked();
      const answer = body === undefined ? await ask(`${path}?${new URLSearchParams(words_)}`, undefined, quiet) : await ask(path, words_);
      if (mine !== held.turn) return;
      if (answer.status === 200) {
        draw(answer.found);
      } else if (answer.status === 401) {
        held.dead = say().login;
        window.location.assign(`${gridwall.at("/login")}?next=${encodeURIComponent(window.location.pathname + window.location.search)}`);
      } else if (answer.status === 400) {
        held.dead = answer.fault; // the address names what is not there
        next = RETRY_MS;
      } else if (answer.status === 403) {
        held.dead = answer.fault;
      } else {
        held.down = true;
        held.why = answer.fault; // of a server that has nothing to show yet: what it waits for
        held.cut = false;
        next = RETRY_MS;
      }
    } catch (error) {
      if (mine !== held.turn) return;
      held.down = held.cut = true;
      held.why = "";
      next = RETRY_MS;
    }
    tick();
    document.documentElement.dataset.up = "";
    held.timer = setTimeout(() => load(undefined, undefined, true), next + Math.random() * 500);
  }

  // ---- the address -------------------------------------------------------------------------------------------------
  function go(changes) {
    const q = query();
    for (const [key, value] of Object.entries(changes)) {
      if (value) q.set(key, value);
      else q.delete(key);
    }
    const search = q.toString();
    window.history.replaceState({}, "", window.location.pathname + (search ? `?${search}` : ""));
    languages();
    load();
  }

  function languages() {
    const link = find("k-lang");
    if (!link) return;
    const q = query();
    q.set("lang", lang() === "zh" ? "en" : "zh");
    link.setAttribute("href", `${gridwall.at("/kiosk")}?${q}`);
  }

  const atHome = () => !PICKS.some((key) => query().get(key)) && !document.querySelector("#kiosk dialog[open]") && root().scrollTop < 10
    && (!find("k-list") || find("k-list").scrollTop < 10);

  function home() {
    for (const dialog of document.querySelectorAll("#kiosk dialog[open]")) dialog.close();
    if (find("k-note-text")) find("k-note-text").value = "";
    root().scrollTop = 0;
    if (find("k-list")) find("k-list").scrollTop = 0;
    for (const strip of document.querySelectorAll(".k-strip")) strip.scrollLeft = 0;
    go(Object.fromEntries(PICKS.map((key) => [key, ""])));
  }

  // ---- nobody touches it ---------------------------------------------------------------------------------------------
  function touched(event) {
    held.last = performance.now();
    const bar = find("k-idle");
    // the bar itself goes with the click, or the click would fall on what lies under it
    if (bar && !bar.hidden && (!event || event.type === "click" || event.target !== bar)) bar.hidden = true;
  }

  function idle() {
    const bar = find("k-idle");
    const quiet = performance.now() - held.last;
    if (!bar || quiet < IDLE_MS - WARN_MS) return;
    if (atHome()) {
      bar.hidden = true;
      return;
    }
    if (quiet >= IDLE_MS) {
      touched();
      home();
      return;
    }
    // above an open dialog nothing else can be touched: the bar goes into it
    const open = document.querySelector("#kiosk dialog[open]") || root();
    if (bar.parentNode !== open) open.appendChild(bar);
    bar.hidden = false;
    setText(bar, root().dataset.idle + say().idle(Math.ceil((IDLE_MS - quiet) / 1000)));
  }

  // ---- larger, sharper -----------------------------------------------------------------------------------------------
  const MODES = [["large", "print", "large", "k-large"], ["contrast", "contrast", "high", "k-contrast"]];

  function mode(name, on) {
    root().classList.toggle(name, on);
    const [, , , id] = MODES.find(([m]) => m === name);
    const button = find(id);
    if (button) button.setAttribute("aria-pressed", String(on));
  }

  function kept(name) {
    try {
      return localStorage.getItem(`gridwall-kiosk-${name}`);
    } catch (error) {
      return null; // a kiosk that keeps nothing has its address
    }
  }

  function modes() {
    for (const [name, key, value] of MODES) {
      const wanted = query().get(key);
      mode(name, wanted ? wanted === value : kept(name) === "1");
    }
  }

  function toggle(name) {
    const on = !root().classList.contains(name);
    mode(name, on);
    try {
      localStorage.setItem(`gridwall-kiosk-${name}`, on ? "1" : "0");
    } catch (error) {
      // see kept()
    }
    const [, key] = MODES.find(([m]) => m === name);
    if (query().get(key)) {
      const q = query();
      q.delete(key);
      const search = q.toString();
      window.history.replaceState({}, "", window.location.pathname + (search ? `?${search}` : ""));
    }
  }

  Object.assign(held, { find, setText, say, lang, ask, load });
  const dialogs = (name) => (event) => gridwall.kioskDialogs[name](event); // dashboard/assets/kiosk_dialogs.js

  // ---- touches -------------------------------------------------------------------------------------------------------
  const BUTTONS = {
    "k-large": () => toggle("large"), "k-contrast": () => toggle("contrast"), "k-refresh": () => load("/desk/kiosk/refresh", {}),
    "k-note-send": dialogs("sendNote"), "k-sheet-copy": dialogs("copySheet"), "k-sheet-print": () => window.print(), "k-sheet-save": dialogs("saveSheet"),
    "k-case-note": () => dialogs("openNote")({ noteKind: "case", noteSubject: held.caseId, noteTitle: held.caseTitle }), "k-idle": () => touched(),
  };

  function clicked(event) {
    const button = event.target.closest("#kiosk button");
    if (!button) {
      const box = event.target.matches("#kiosk dialog") && event.target.getBoundingClientRect();
      if (box && (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom)) event.target.close();
      return;
    }
    const data = button.dataset;
    if (BUTTONS[button.id]) BUTTONS[button.id]();
    else if ("close" in data) button.closest("dialog").close();
    else if ("note" in data) {
      const field = find("k-note-text");
      field.value = (field.value && !field.value.includes(data.note) ? `${field.value}；` : "") + (field.value.includes(data.note) ? "" : data.note) || field.value;
    } else if (data.noteKind) dialogs("openNote")(data);
    else if (data.pick) go({ [data.pick]: query().get(data.pick) === data.code ? "" : data.code, more: "", ...(data.goto ? { tab: data.goto, [data.pick]: data.code } : {}) });
    else if (data.tab) {
      if (find("k-list")) find("k-list").scrollTop = 0;
      go({ tab: data.tab === "soon" ? "" : data.tab, more: "" });
    } else if (data.side) go({ side: data.side === "dept" ? "" : data.side });
    else if (data.more) go({ more: data.more });
    else if (data.case) dialogs("openCase")(data);
    else if ("sheet" in data) dialogs("openSheet")();
  }

  function keyed(event) {
    const tab = event.target.closest && event.target.closest("[role=tab]");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !step) return;
    const all = [...tab.parentNode.querySelectorAll("[role=tab]")];
    const next = all[(all.indexOf(tab) + step + all.length) % all.length];
    event.preventDefault();
    next.click();
    next.focus();
  }

  function begin() {
    if (!root() || root().dataset.begun) return;
    root().dataset.begun = "1";
    modes();
    languages();
    fill();
    load();
  }

  document.addEventListener("click", clicked);
  document.addEventListener("keydown", keyed);
  for (const kind of ["pointerdown", "keydown", "wheel", "touchstart", "input"]) document.addEventListener(kind, touched, { passive: true, capture: true });
  setInterval(tick, 500);
  window.addEventListener("online", () => load());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) load(); });
  new MutationObserver(begin).observe(document.documentElement, { childList: true, subtree: true });
  begin();
})();
