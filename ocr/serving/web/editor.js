// A line being corrected: its piece of the picture, its text to type in, and what else could have been read.

import { draw, icon, make } from "./dom.js";
import { uprightBox } from "./geometry.js";
import { drawPage } from "./viewer.js";
import { wordAt, wordSpans } from "./words.js";

const HEIGHT = 44; // height of the piece of picture, in pixels of the screen
const OTHERS = 3; // other readings that are offered
const LIKELY = 0.02; // what another reading must at least be believed in

/** One line's editor; it tells by onDone({text, move}) what to keep (text is null for nothing) and where to go on. */
export class Editor {
  constructor(page, picture, line, number, { draft, word, message, onWord, onDone }) {
    Object.assign(this, { line, word, onWord, onDone, done: false });
    this.strip = strip(page, picture, line);
    this.area = this.field(number, draft ?? line.text);
    const problem = message ? make("p", { class: "editor-problem", role: "alert" }, message) : null;
    this.element = make("div", { class: "editor" }, this.strip, this.area, problem, this.others(), this.buttons());
  }

  field(number, text) {
    const caret = () => this.caret();
    const area = make("textarea", {
      rows: 1,
      spellcheck: "true",
      autocapitalize: "off",
      "aria-label": `Text of line ${number}`,
      "aria-describedby": "editor-keys",
      input: () => this.typed(),
      keydown: (event) => this.key(event),
      blur: () => document.activeElement !== area && this.finish(this.text, 0), // another window takes nothing away
      select: caret,
      click: caret,
      keyup: caret,
    });
    area.value = text;
    return area;
  }

  /** Offer what else could have been read, where something else is likely. */
  others() {
    const likely = ({ text, confidence }) => text !== this.line.text && confidence >= LIKELY;
    const readings = this.line.readings.slice(1).filter(likely).slice(0, OTHERS);
    if (!readings.length) return null;
    const title = make("p", { id: "others-title", class: "fine" }, "Or was it");
    const buttons = readings.map(({ text }) => button("other", () => this.take(text), contrast(text, this.line.text)));
    return make("div", { class: "others", role: "group", "aria-labelledby": "others-title" }, title, ...buttons);
  }

  buttons() {
    const keys = "Enter saves, Esc cancels, up and down go to other lines";
    return make(
      "div",
      { class: "row" },
      button("small", () => this.finish(this.text, 0, true), icon("check"), "Save"),
      button("small", () => this.finish(null, 0, true), icon("cross"), "Cancel"),
      make("span", { id: "editor-keys", class: "fine keys" }, keys),
    );
  }

  get text() {
    return this.area.value.replace(/\s+/g, " ").trim();
  }

  /** Take the focus, with the wanted word selected. */
  open() {
    const span = wordSpans(this.line).find(({ word }) => word.id === this.word);
    this.area.focus({ preventScroll: true });
    if (span && this.area.value === this.line.text) this.area.setSelectionRange(span.start, span.end);
    else this.area.setSelectionRange(this.area.value.length, this.area.value.length);
    this.grow();
    this.caret();
    this.element.scrollIntoView({ block: "nearest" });
  }

  grow() {
    this.area.style.height = "auto";
    this.area.style.height = `${this.area.scrollHeight}px`;
  }

  typed() {
    this.grow();
    this.caret();
  }

  /** Light up the word that the caret stands in. */
  caret() {
    const word = wordAt(this.line, this.area.value, this.area.selectionStart);
    for (const polygon of this.strip.querySelectorAll(".word")) {
      const lit = word !== null && polygon.dataset.word === word.id;
      polygon.classList.toggle("lit", lit);
      if (lit) follow(this.strip, polygon);
    }
    this.onWord(word?.id);
  }

  take(text) {
    this.area.value = text;
    this.area.focus();
    this.typed();
  }

  key(event) {
    const { selectionStart: start, selectionEnd: end, value } = this.area;
    const single = this.area.clientHeight < 2 * parseFloat(getComputedStyle(this.area).lineHeight);
    if (event.isComposing) return;
    if (event.key === "Enter") this.finish(this.text, 0, true);
    else if (event.key === "Escape") this.finish(null, 0, true);
    else if (event.key === "ArrowUp" && (single || (start === 0 && end === 0))) this.finish(this.text, -1, true);
    else if (event.key === "ArrowDown" && (single || start === value.length)) this.finish(this.text, 1, true);
    else return;
    event.preventDefault();
  }

  /** End the work on this line, once; `chosen` tells that a person said so rather than went elsewhere. */
  finish(text, move, chosen = false) {
    if (this.done) return;
    this.done = true;
    this.onDone({ text, move, chosen });
  }
}

/** Make a button that leaves the focus, and with it the editor, where it is. */
const button = (kind, click, ...content) =>
  make("button", { type: "button", class: kind, click, pointerdown: (event) => event.preventDefault() }, ...content);

/** Return a reading with the words set off that another reading does not have. */
function contrast(text, other) {
  const known = new Set(other.split(" "));
  return make("span", {}, ...text.split(" ").flatMap((word) => [known.has(word) ? word : make("strong", {}, word), " "]));
}

/** Draw the piece of the picture that shows a line; it can be wider than its place, and is then moved along. */
function strip(page, picture, line) {
  const box = uprightBox(page, line.polygon);
  const margin = box.height * 0.2;
  const [width, height] = [box.width + 2 * margin, box.height + 2 * margin];
  const group = drawPage({ ...page, regions: [{ lines: [line] }] }, picture);
  return make(
    "div",
    { class: "strip", "aria-hidden": "true" },
    draw(
      "svg",
      {
        viewBox: `${box.x - margin} ${box.y - margin} ${width} ${height}`,
        width: Math.round((width / height) * HEIGHT),
        height: HEIGHT,
        focusable: "false",
      },
      group,
    ),
  );
}

function follow(strip, polygon) {
  const [place, seen] = [polygon.getBoundingClientRect(), strip.getBoundingClientRect()];
  if (place.left < seen.left || place.right > seen.right) strip.scrollLeft += place.left - seen.left - seen.width / 3;
}
