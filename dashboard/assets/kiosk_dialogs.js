// The duty desk's dialogs: an acknowledgement with its note, the timeline of a case, the handover sheet.
"use strict";

(() => {
  const gridwall = (window.gridwall = window.gridwall || {});
  const held = gridwall.kiosk;
  if (!held) return;
  const { find, setText, say, lang, ask, load } = held;

  function show(id) {
    const dialog = find(id);
    if (!dialog.open) dialog.showModal();
  }

  function openNote(data) {
    held.note = { kind: data.noteKind, subject: data.noteSubject };
    setText(find("k-note-title"), say().on(data.noteTitle));
    setText(find("k-note-fault"), "");
    find("k-note-text").value = "";
    show("k-note");
    find("k-note-send").focus();
  }

  async function sendNote() {
    if (!held.note) return;
    const fault = find("k-note-fault");
    const button = find("k-note-send");
    button.disabled = true;
    setText(fault, say().busy);
    try {
      const answer = await ask("/desk/kiosk/acknowledge", { ...held.note, note: find("k-note-text").value, lang: lang() });
      setText(fault, answer.fault);
      if (answer.status === 200) {
        held.note = null;
        find("k-note").close();
        if (find("k-case").open) find("k-case").close();
        await load();
      }
    } catch (error) {
      setText(fault, say().server("0 " + say().second));
    } finally {
      button.disabled = false;
    }
  }

  async function openCase(data) {
    const body = find("k-case-body");
    held.caseId = data.case;
    held.caseTitle = data.title;
    setText(find("k-case-title"), data.title);
    body.textContent = "…";
    const row = document.querySelector(`.k-row[data-row="${data.case}"] .k-note`);
    find("k-case-note").hidden = !row;
    show("k-case");
    try {
      const answer = await ask(`/desk/case?id=${encodeURIComponent(data.case)}&lang=${lang()}`);
      if (held.caseId !== data.case) return;
      if (answer.status === 200 && answer.found.html) gridwall.morph(body, answer.found.html);
      else setText(body, answer.fault || say().noCase);
    } catch (error) {
      setText(body, say().noCase);
    }
  }

  async function openSheet() {
    const answer = await ask(`/desk/kiosk/handover?lang=${lang()}`).catch(() => null);
    held.sheet = answer && answer.status === 200 ? answer.found : null;
    setText(find("k-sheet-text"), held.sheet ? held.sheet.text : (answer && answer.fault) || say().server("0 " + say().second));
    setText(find("k-sheet-said"), "");
    show("k-sheet");
  }

  async function copySheet() {
    let done;
    try {
      await navigator.clipboard.writeText(held.sheet.text);
      done = true;
    } catch (error) {
      // over plain http there is no clipboard: the old way
      const range = document.createRange();
      range.selectNodeContents(find("k-sheet-text"));
      const chosen = window.getSelection();
      chosen.removeAllRanges();
      chosen.addRange(range);
      done = document.execCommand("copy");
    }
    setText(find("k-sheet-said"), done ? say().copied : say().notCopied);
  }

  function saveSheet() {
    if (!held.sheet) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + held.sheet.text], { type: "text/plain;charset=utf-8" }));
    link.download = held.sheet.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  gridwall.kioskDialogs = { openNote, sendNote, openCase, openSheet, copySheet, saveSheet };
})();
