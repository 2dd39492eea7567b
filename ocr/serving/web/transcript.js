// The text of a page, line by line; doubtful words are underlined, every line can be corrected in its place.

import { announce, icon, make } from "./dom.js";
import { Editor } from "./editor.js";
import { doubt, doubts, isCorrected, linesOf, wordSpans } from "./words.js";

/** Shows a page's text in an element; onPoint and onFocus get {line, word} or null, onSave(id, text) promises the page. */
export class Transcript {
  constructor(root, { onPoint, onFocus, onSave, onLost, onChange }) {
    Object.assign(this, { root, onFocus, onSave, onLost, onChange, page: null, drafts: new Map(), editor: null, shown: 0 });
    root.addEventListener("pointerover", (event) => event.pointerType === "mouse" && onPoint(this.targetOf(event.target)));
    root.addEventListener("pointerleave", () => onPoint(null));
    root.addEventListener("focusin", (event) => onFocus(this.targetOf(event.target)));
    root.addEventListener("focusout", () => onFocus(null));
    root.addEventListener("keydown", (event) => this.key(event));
    root.addEventListener(
      "mousedown",
      (event) => this.editor && !event.target.closest(".editor") && event.preventDefault(),
    );
    root.addEventListener("click", (event) => this.click(event));
  }

  /** Show a page; picture is the address of its picture. */
  show(page, picture) {
    Object.assign(this, { page, picture, editor: null, shown: this.shown + 1 });
    this.drafts.clear();
    let number = 0;
    const block = (region) =>
      make("ol", { class: "lines", start: number + 1 }, ...region.lines.map((line) => this.row(line, (number += 1))));
    this.root.replaceChildren(...page.regions.filter((region) => region.lines.length).map(block));
    if (page.language) this.root.lang = page.language;
    else this.root.removeAttribute("lang");
    this.onChange();
  }

  /** Say why there is no text. */
  tell(message) {
    if (this.root.textContent !== message)
      this.root.replaceChildren(make("div", { class: "problem", role: "alert" }, make("p", {}, message)));
  }

  clear() {
    this.editor?.finish(this.editor.text, 0);
    Object.assign(this, { page: null, editor: null, shown: this.shown + 1 });
    this.root.replaceChildren();
    this.onChange();
  }

  /** Light up a line and one of its words; null for none. */
  light(target, scroll = false) {
    for (const row of this.root.querySelectorAll(".row-line")) {
      const lit = target !== null && row.dataset.line === target.line;
      row.classList.toggle("lit", lit);
      for (const word of row.querySelectorAll("[data-word]"))
        word.classList.toggle("lit", lit && word.dataset.word === target.word);
      if (lit && scroll) row.scrollIntoView({ block: "nearest" });
    }
  }

  /** Open a line for correction, with one of its words selected where one is named. */
  edit(id, word, message) {
    const line = linesOf(this.page).find((each) => each.id === id);
    const row = this.rowOf(id);
    if (!line || !row || row.querySelector(".editor")) return;
    this.editor?.finish(this.editor.text, 0);
    this.editor = new Editor(this.page, this.picture, line, Number(row.dataset.number), {
      draft: this.drafts.get(id),
      word,
      message,
      onWord: (at) => this.onFocus({ line: id, word: at }),
      onDone: (result) => this.close(line, result),
    });
    row.classList.add("editing");
    row.append(this.editor.element);
    this.editor.open();
  }

  /** Open the next doubtful word after the line that has the focus, from the top again at the end. */
  next(after) {
    const all = doubts(this.page);
    const at = all.findIndex(({ line, word }) => line === after?.line && word === after?.word);
    const order = linesOf(this.page).map(({ id }) => id);
    const later = at >= 0 ? all[at + 1] : all.find(({ line }) => order.indexOf(line) > order.indexOf(after?.line));
    const target = later ?? all[0];
    if (!target) return;
    this.editor?.finish(this.editor.text, 0);
    this.edit(target.line, target.word);
  }

  /** Move the focus to a line. */
  focus(id) {
    this.rowOf(id)?.querySelector(".edit").focus();
  }

  async close(line, { text, move, chosen }) {
    const row = this.rowOf(line.id);
    const { shown } = this;
    this.editor = null;
    row.classList.remove("editing");
    row.querySelector(".editor").remove();
    this.drafts.delete(line.id);
    if (chosen) this.go(row, move);
    const confirmed = chosen && text === line.text && doubts(this.page).some((each) => each.line === line.id);
    if (text === null || (text === line.text && !confirmed)) return;
    row.querySelector(".words").textContent = text;
    row.classList.add("saving");
    try {
      this.update(await this.onSave(line.id, text), line.id);
      announce(`Line ${row.dataset.number} is saved.`);
    } catch (error) {
      if (shown !== this.shown) {
        this.onLost(new Error(`“${text}” could not be saved on a page that is no longer shown. ${error.message}`));
        return;
      }
      this.drafts.set(line.id, text);
      this.redraw(line.id);
      this.edit(line.id, undefined, `Not saved. ${error.message}`);
    }
  }

  go(row, move) {
    const rows = [...this.root.querySelectorAll(".row-line")];
    const there = rows[rows.indexOf(row) + move] ?? row;
    if (there === row) this.focus(row.dataset.line);
    else this.edit(there.dataset.line);
  }

  /** Take a corrected page over; only the line that was corrected is made anew. */
  update(page, id) {
    if (page === null) return;
    this.page = page;
    this.redraw(id);
    this.onChange();
  }

  redraw(id) {
    const row = this.rowOf(id);
    const line = this.page && linesOf(this.page).find((each) => each.id === id);
    if (!row || !line || row.classList.contains("editing")) return;
    const focused = row.contains(document.activeElement);
    row.replaceWith(this.row(line, Number(row.dataset.number)));
    if (focused) this.focus(id);
  }

  rowOf(id) {
    return [...this.root.querySelectorAll(".row-line")].find((row) => row.dataset.line === id);
  }

  row(line, number) {
    const text = make("span", { class: "words", dir: "auto" }, ...pieces(line));
    if (!line.text) text.append(make("span", { class: "nothing" }, "nothing read here"));
    return make(
      "li",
      { class: `row-line${isCorrected(line) ? " corrected" : ""}`, "data-line": line.id, "data-number": number },
      text,
      isCorrected(line) ? make("span", { class: "unseen" }, " (corrected)") : null,
      make(
        "button",
        { type: "button", class: "edit", "aria-label": `Correct line ${number}`, title: "Correct this line" },
        icon("pen"),
      ),
    );
  }

  targetOf(element) {
    const line = element.closest("[data-line]")?.dataset.line;
    return line === undefined ? null : { line, word: element.closest("[data-word]")?.dataset.word };
  }

  click(event) {
    const target = this.targetOf(event.target);
    const selecting = !this.editor && String(getSelection()) !== "" && !event.target.closest("button");
    if (target && !selecting && !event.target.closest(".editor")) this.edit(target.line, target.word);
  }

  key(event) {
    const moves = { ArrowUp: -1, ArrowDown: 1 };
    const row = event.target.closest(".edit")?.parentElement;
    if (!row || !moves[event.key]) return;
    const rows = [...this.root.querySelectorAll(".row-line")];
    this.focus((rows[rows.indexOf(row) + moves[event.key]] ?? row).dataset.line);
    event.preventDefault();
  }
}

/** Return a line's text as nodes: its words as marked spans, what is between them as it is. */
function pieces(line) {
  const nodes = [];
  let from = 0;
  for (const { word, start, end } of wordSpans(line)) {
    const kind = doubt(line, word);
    const sure = kind && `${Math.round(word.confidence * 100)} % sure`;
    nodes.push(
      line.text.slice(from, start),
      make(
        "span",
        { class: `word ${kind}`, "data-word": word.id, title: sure || null },
        word.text,
        kind
          ? make("span", { class: "unseen" }, ` (${kind === "doubtful" ? "doubtful" : "not quite sure"}, ${sure}) `)
          : null,
      ),
    );
    from = end;
  }
  return [...nodes, line.text.slice(from)];
}
