// @ts-check
// The words of the scripts in the language of the page, as the server gave them (layouts/text/browser_words.py).

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
 * The words under `key`, with `values` in the places of their braces; the key itself where there are none.
 * @param {string | undefined} lang another than "en" is Chinese
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(lang, key, values = {}) {
  const words = all()[lang === "en" ? "en" : "zh"][key];
  return words === undefined ? key : words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * What the server said in both languages, in that of the page; "" for nothing.
 * @param {{zh: string, en: string} | null | undefined} said
 * @param {string} lang
 */
export const inLang = (said, lang) => (said ? (lang === "en" ? said.en : said.zh) || said.zh : "");
