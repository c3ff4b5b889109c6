/* The desk's plain pages: what stands on them is fetched as HTML (the server has escaped it), their forms are sent as JSON.
   And for every page of the desk: one that is open while its session ends says so by leading to the login. */
(function () {
  "use strict";
  const LOOK_MS = 60000;
  const zh = () => document.querySelector(".desk, .desk-bar")?.closest("[lang]")?.lang !== "en";

  function toLogin() {
    window.location.assign(window.gridwall.at("/login?next=") + encodeURIComponent(window.location.pathname + window.location.search) +
      (zh() ? "" : "&lang=en"));
  }

  function say(words, wrong) {
    const place = document.getElementById("desk-says");
    if (!place) return;
    place.textContent = words;
    place.setAttribute("role", wrong ? "alert" : "status");
    place.classList.toggle("wrong", Boolean(wrong));
  }

  async function ask(path, body) {
    const answer = await fetch(path, body === undefined ? { cache: "no-store" } : {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    if (answer.status === 401) { toLogin(); throw new Error("401"); }
    const said = await answer.json().catch(() => ({ error: answer.statusText }));
    if (!answer.ok) throw Object.assign(new Error(zh() ? said.error_zh || said.error : said.error), { status: answer.status });
    return said;
  }

  function put(said) {
    const place = document.getElementById("desk-place");
    if (place && said.html !== undefined) place.innerHTML = said.html;
    const done = place && place.querySelector(".desk-said");
    if (done) { say(done.lastChild.textContent, false); done.remove(); }
  }

  async function load(place) {
    place.dataset.deskLoaded = "1";
    try {
      const said = await ask(place.dataset.deskLoad + window.location.search);
      say("", false);
      put(said);
    } catch (error) {
      const away = error instanceof TypeError;
      say(!away ? error.message : zh() ? "服务器无应答，稍后自动重试" : "The server does not answer; trying again", true);
      if (away || error.status > 499) setTimeout(() => load(place), 4000 + Math.random() * 1000);
    }
    document.documentElement.dataset.up = "";
  }

  document.addEventListener("submit", async function (event) {
    const form = event.target;
    if (!form.dataset || !form.dataset.post) return;
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    if (button.disabled) return;
    button.disabled = true;
    say("", false);
    try {
      put(await ask(form.dataset.post, Object.fromEntries(new FormData(form))));
      document.getElementById("desk-says").focus({ preventScroll: false });
    } catch (error) {
      say(error.message, true);
    } finally {
      button.disabled = false;
    }
  });

  document.addEventListener("click", async function (event) {
    const link = event.target.closest && event.target.closest("a[data-ask]");
    if (!link) return;
    event.preventDefault();
    try {
      const said = await ask(link.getAttribute("href"));
      say(zh() ? said.said_zh : said.said, false);
    } catch (error) {
      say(error.message, true);
    }
  });

  function look() {
    const place = document.querySelector("[data-desk-load]:not([data-desk-loaded])");
    if (place) load(place);
  }
  // a wall, whose page changes every second, has none of this
  if (["/accounts", "/screens", "/audit"].some((path) => window.location.pathname.startsWith(window.gridwall.at(path)))) {
    new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
    look();
  }

  setInterval(async function () {
    if (!document.querySelector(".desk-bar")) return;
    try {
      const answer = await fetch(window.gridwall.at("/session"), { cache: "no-store", headers: { "x-gridwall-quiet": "1" } });
      if (answer.status === 401) toLogin();
    } catch (error) { /* the server is away: the page itself says so */ }
  }, LOOK_MS);
})();
