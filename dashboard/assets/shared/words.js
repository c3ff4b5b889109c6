// @ts-check
// The scripts' texts in the language of the page, supplied by the server (layouts/text/browser_words.py).

/** @typedef {"zh" | "en"} Lang */
/** @type {Record<Lang, Record<string, string>> | null} */
let held = null;

/** @returns {Record<Lang, Record<string, string>>} */
function all() {
  if (!held) {
    const place = document.getElementById("gw-words");
    held = place ? JSON.parse(place.textContent || "") : { zh: {}, en: {} };
  }
  return /** @type {Record<Lang, Record<string, string>>} */ (held);
}

/**
 * The text under `key`, with `values` in place of its braces; the key itself if there is none.
 * @param {string | undefined} lang anything other than "en" is Chinese
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(lang, key, values = {}) {
  const words = all()[lang === "en" ? "en" : "zh"][key];
  return words === undefined ? key : words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * A bilingual text of the server in the page's language; "" for none.
 * @param {{zh: string, en: string} | null | undefined} said
 * @param {string} lang
 */
export const inLang = (said, lang) => (said ? (lang === "en" ? said.en : said.zh) || said.zh : "");
