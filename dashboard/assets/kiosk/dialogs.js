// @ts-check
// The duty desk's dialogs: an acknowledgement with its note, the timeline of a case, the handover sheet.
import { ask } from "../shared/ask.js";
import { morph } from "../shared/morph.js";
import { find, setText } from "../shared/nodes.js";
import { largest } from "../shared/time.js";
import { say } from "../shared/words.js";
import { lang } from "./held.js";
import { load } from "./queue.js";

/** @typedef {Record<string, string | undefined>} Data data attributes of the touched part */

/** @type {{kind: string | undefined, subject: string | undefined} | null} what is being acknowledged */
let note = null;
/** @type {Data} the case whose timeline is open */
let shown = {};
/** @type {{text: string, name: string} | null} */
let sheet = null;

/** @param {string} key @param {Record<string, string>} [values] */
const own = (key, values) => say(lang(), key, values);
const away = () => own("kiosk.server", { t: largest(0, lang()) });

/** @param {string} id */
function show(id) {
  const dialog = find(id);
  if (!dialog.open) dialog.showModal();
}

/** @param {Data} data */
export function openNote(data) {
  note = { kind: data.noteKind, subject: data.noteSubject };
  setText(find("k-note-title"), own("kiosk.on", { title: data.noteTitle || "" }));
  setText(find("k-note-fault"), "");
  find("k-note-text").value = "";
  show("k-note");
  find("k-note-send").focus();
}

export async function sendNote() {
  if (!note) return;
  const fault = find("k-note-fault"), button = find("k-note-send");
  button.disabled = true;
  setText(fault, own("kiosk.busy"));
  try {
    const answer = await ask("/desk/kiosk/acknowledge", { body: { ...note, note: find("k-note-text").value, lang: lang() }, lang: lang() });
    setText(fault, answer.fault);
    if (answer.status === 200) {
      note = null;
      find("k-note").close();
      if (find("k-case").open) find("k-case").close();
      await load();
    }
  } catch (error) {
    setText(fault, away());
  } finally {
    button.disabled = false;
  }
}

/** Appends a predefined note to the text, once. @param {string} words */
export function addNote(words) {
  const field = find("k-note-text");
  if (!field.value.includes(words)) field.value = (field.value ? field.value + own("stop") : "") + words;
}

/** @param {Data} data */
export async function openCase(data) {
  const body = find("k-case-body");
  shown = data;
  setText(find("k-case-title"), data.title || "");
  body.textContent = "…";
  find("k-case-note").hidden = !document.querySelector(`.k-row[data-row="${data.case}"] .k-note`);
  show("k-case");
  try {
    const answer = await ask(`/desk/case?id=${encodeURIComponent(data.case || "")}&lang=${lang()}`, { lang: lang() });
    if (shown.case !== data.case) return;
    if (answer.status === 200 && answer.found.html) morph(body, answer.found.html);
    else setText(body, answer.fault || own("kiosk.no_case"));
  } catch (error) {
    setText(body, own("kiosk.no_case"));
  }
}

/** Acknowledges the case that is open. */
export const noteCase = () => openNote({ noteKind: "case", noteSubject: shown.case, noteTitle: shown.title });

export async function openSheet() {
  const answer = await ask(`/desk/kiosk/handover?lang=${lang()}`, { lang: lang() }).catch(() => null);
  sheet = answer && answer.status === 200 ? answer.found : null;
  setText(find("k-sheet-text"), sheet ? sheet.text : (answer && answer.fault) || away());
  setText(find("k-sheet-said"), "");
  show("k-sheet");
}

export async function copySheet() {
  let done = false;
  try {
    if (!sheet) throw new Error("there is no sheet");
    await navigator.clipboard.writeText(sheet.text);
    done = true;
  } catch (error) {
    // the clipboard API is unavailable over plain http: use the older method
    const range = document.createRange(), chosen = window.getSelection();
    range.selectNodeContents(find("k-sheet-text"));
    if (chosen) {
      chosen.removeAllRanges();
      chosen.addRange(range);
      done = document.execCommand("copy");
    }
  }
  setText(find("k-sheet-said"), own(done ? "kiosk.copied" : "kiosk.not_copied"));
}

export function saveSheet() {
  if (!sheet) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`\ufeff${sheet.text}`], { type: "text/plain;charset=utf-8" }));
  link.download = sheet.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
