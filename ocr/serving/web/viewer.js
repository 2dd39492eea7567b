// The picture of a page, upright, with the outlines of its lines and words; it zooms and moves.

import { draw } from "./dom.js";
import { clamp, uprightBox, uprightMatrix, uprightSize } from "./geometry.js";
import { doubt, linesOf } from "./words.js";

const MOST = 8; // pixels of the screen for a pixel of the page
const MARGIN = 0.04; // of the view, left free around a page that fits
const STEP = 1.3;
const SMALL = 12; // pixels of the screen; where lines are lower, all of the page says little

const corners = (polygon) => polygon.map((point) => point.join(",")).join(" ");

/** Draw a page's picture and outlines into a group that is turned upright. */
export function drawPage(page, url, outlines = true) {
  const [height, width] = page.size;
  const group = draw(
    "g",
    { transform: `matrix(${uprightMatrix(page)})` },
    draw("image", { href: url, width, height, preserveAspectRatio: "none" }),
  );
  for (const line of outlines ? linesOf(page) : []) {
    group.append(draw("polygon", { points: corners(line.polygon), class: "line", "data-line": line.id }));
    for (const word of line.words) {
      group.append(
        draw("polygon", {
          points: corners(word.polygon),
          class: `word ${doubt(line, word)}`,
          "data-line": line.id,
          "data-word": word.id,
        }),
      );
    }
  }
  return group;
}

/** Shows a page in an element; onPoint({line, word} or null) and onPick({line, word}, touch) tell what the pointer does. */
export class Viewer {
  constructor(root, { onPoint, onPick, onZoom }) {
    Object.assign(this, { root, onPoint, onPick, onZoom, page: null, fitted: true, pointers: new Map(), moved: false });
    this.svg = draw("svg", { "aria-hidden": "true", focusable: "false" });
    root.append(this.svg);
    root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    root.addEventListener("pointerdown", (event) => this.down(event));
    root.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) root.addEventListener(name, (event) => this.up(event));
    root.addEventListener("pointerleave", () => this.onPoint(null));
    root.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.page && (this.fitted ? this.fit() : this.place())).observe(root);
  }

  /** Show a page and its picture's address; the view is kept if the page is the one that is shown already. */
  show(page, url, same = false) {
    this.page = page;
    this.svg.replaceChildren(drawPage(page, url));
    if (same) {
      this.place();
      return;
    }
    this.fit();
    const lines = linesOf(page);
    const heights = lines.map((line) => uprightBox(page, line.polygon).height).sort((a, b) => a - b);
    if (heights[heights.length >> 1] * this.scale < SMALL)
      this.frame(
        uprightBox(
          page,
          lines.flatMap((line) => line.polygon),
        ),
      );
  }

  /** Show a box in the view's whole width, from its top on. */
  frame(box) {
    this.scale = (this.root.clientWidth / box.width) * (1 - MARGIN);
    this.x = box.x - (box.width * MARGIN) / 2;
    this.y = box.y - (box.width * MARGIN) / 2;
    this.place();
  }

  clear() {
    this.page = null;
    this.svg.replaceChildren();
  }

  /** Light up a line and one of its words; null for none. */
  light(target) {
    for (const polygon of this.svg.querySelectorAll("polygon")) {
      const { line, word } = polygon.dataset;
      polygon.classList.toggle(
        "lit",
        target !== null && line === target.line && (word === undefined || word === target.word),
      );
    }
  }

  /** Move the picture so that a line is in view. */
  reveal(id) {
    const line = linesOf(this.page).find((each) => each.id === id);
    if (!line || this.fitted) return;
    const box = uprightBox(this.page, line.polygon);
    const [width, height] = this.extent();
    if (box.x < this.x || box.x + box.width > this.x + width)
      this.x = box.x + Math.min(0, (box.width - width) / 2) - width * MARGIN;
    if (box.y < this.y || box.y + box.height > this.y + height) this.y = box.y + (box.height - height) / 2;
    this.place();
  }

  /** Return the width and height of the view in page pixels. */
  extent() {
    return [this.root.clientWidth / this.scale, this.root.clientHeight / this.scale];
  }

  fitScale() {
    const [height, width] = uprightSize(this.page);
    return Math.min(this.root.clientWidth / width, this.root.clientHeight / height) * (1 - MARGIN);
  }

  /** Show the whole page. */
  fit() {
    this.scale = this.fitScale();
    this.place();
  }

  /** Set the view, keeping the page within it. */
  place() {
    const least = this.fitScale();
    this.scale = clamp(this.scale, least, Math.max(MOST, least));
    this.fitted = this.scale <= least * 1.001;
    const [height, width] = uprightSize(this.page);
    const view = this.extent();
    const within = (start, page, seen) =>
      page <= seen ? (page - seen) / 2 : clamp(start, -seen * MARGIN, page - seen * (1 - MARGIN));
    this.x = within(this.x ?? 0, width, view[0]);
    this.y = within(this.y ?? 0, height, view[1]);
    this.svg.setAttribute("viewBox", `${this.x} ${this.y} ${view[0]} ${view[1]}`);
    this.root.classList.toggle("zoomed", !this.fitted);
    this.onZoom(this.scale);
  }

  /** Zoom by a factor about a point of the screen; about the middle where none is given. */
  zoom(factor, clientX, clientY) {
    if (!this.page) return;
    const box = this.root.getBoundingClientRect();
    const [x, y] = [(clientX ?? box.left + box.width / 2) - box.left, (clientY ?? box.top + box.height / 2) - box.top];
    const before = this.scale;
    this.scale = clamp(before * factor, this.fitScale(), Math.max(MOST, this.fitScale()));
    this.x += x / before - x / this.scale;
    this.y += y / before - y / this.scale;
    this.place();
  }

  /** Move the view by pixels of the screen. */
  pan(dx, dy) {
    if (!this.page) return;
    this.x += dx / this.scale;
    this.y += dy / this.scale;
    this.place();
  }

  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 20 : 1);
    this.zoom(Math.exp(-clamp(pixels, -200, 200) * (event.ctrlKey ? 0.01 : 0.002)), event.clientX, event.clientY);
  }

  down(event) {
    if (event.button !== 0) return;
    this.moved = this.pointers.size > 0;
    this.pointers.set(event.pointerId, {
      x: event.clientX,
      y: event.clientY,
      startX: event.clientX,
      startY: event.clientY,
    });
  }

  move(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) {
      if (event.pointerType === "mouse") this.onPoint(targetOf(event.target));
      return;
    }
    const { x, y } = pointer;
    Object.assign(pointer, { x: event.clientX, y: event.clientY });
    if (!this.moved && Math.hypot(pointer.x - pointer.startX, pointer.y - pointer.startY) < 5) return;
    this.moved = true;
    if (!this.root.hasPointerCapture(event.pointerId)) this.root.setPointerCapture(event.pointerId);
    const other = [...this.pointers.entries()].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) {
      this.pan(x - pointer.x, y - pointer.y);
      return;
    }
    const spread = Math.hypot(x - other.x, y - other.y) || 1;
    this.pan((x - pointer.x) / 2, (y - pointer.y) / 2);
    this.zoom(
      Math.hypot(pointer.x - other.x, pointer.y - other.y) / spread,
      (pointer.x + other.x) / 2,
      (pointer.y + other.y) / 2,
    );
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId) || this.moved || event.type === "pointercancel") return;
    const target = targetOf(event.target);
    if (target) this.onPick(target, event.pointerType === "touch");
  }

  key(event) {
    const far = 60;
    const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
    if (event.ctrlKey || event.metaKey || event.altKey || !this.page) return;
    if (moves[event.key]) this.pan(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") this.zoom(STEP);
    else if (event.key === "-") this.zoom(1 / STEP);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
  }
}

function targetOf(element) {
  const { line, word } = element.dataset ?? {};
  return line === undefined ? null : { line, word };
}
