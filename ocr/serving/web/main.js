// The page as a whole: from a file to its text, what lights up with what, and what is saved.

import { ApiError, blobUrl, call, correct, json } from "./api.js";
import { announce, byId, count } from "./dom.js";
import { fillMenu, save, wireMenu } from "./downloads.js";
import { showSamples, wireIntake } from "./intake.js";
import { ask, clearProblem, problem, wireKey } from "./messages.js";
import { hideNotes, notesOf, showNotes } from "./notes.js";
import { chosenFields, showOffers } from "./offers.js";
import { wirePager } from "./pager.js";
import { Progress } from "./progress.js";
import { follow, submit } from "./reading.js";
import { Transcript } from "./transcript.js";
import { Viewer } from "./viewer.js";
import { doubts, isCorrected, linesOf } from "./words.js";

let work = null; // the document at hand
let focused = null; // {line, word} where the keyboard is
let last = null; // the last of these, for "next doubtful word"

const progress = new Progress(byId("progress"));
const viewer = new Viewer(byId("viewer"), {
  onPoint: (target) => light(target, true),
  onPick: pick,
  onZoom: (scale) => (byId("zoom").value = `${Math.round(scale * 100)} %`),
});
const transcript = new Transcript(byId("transcript"), {
  onPoint: (target) => light(target),
  onFocus: focus,
  onSave: saveLine,
  onLost: problem,
  onChange: counted,
});
const closeMenu = wireMenu();
const pager = wirePager((number) => showPage(number));

function light(pointed, fromPicture = false) {
  viewer.light(pointed ?? focused);
  transcript.light(pointed ?? focused, fromPicture && pointed !== null);
}

function focus(target) {
  focused = target;
  if (target) {
    last = target;
    viewer.reveal(target.line);
  }
  light(null);
}

function pick({ line, word }, touch) {
  if (touch) {
    transcript.focus(line);
    focus({ line, word });
    transcript.light(focused, true);
  } else transcript.edit(line, word);
}

function showStart() {
  leave();
  history.replaceState(null, "", location.pathname);
  for (const id of ["work", "actions", "document-name"]) byId(id).hidden = true;
  byId("start").hidden = false;
  document.body.classList.remove("working");
  document.title = "Handwriting OCR";
  byId("start-title").focus();
}

/** Give up the document at hand, and what was brought for it. */
function leave() {
  transcript.clear(); // first, since it saves what is being typed
  work?.stop.abort();
  for (const url of work?.pictures.values() ?? []) URL.revokeObjectURL(url);
  work = null;
  focused = last = null;
  viewer.clear();
  progress.hide();
  hideNotes();
  closeMenu();
  clearProblem();
}

/** Set the page up for a document that is on its way. */
function begin(name) {
  leave();
  work = {
    name,
    stop: new AbortController(),
    job: null,
    number: 1,
    pages: new Map(),
    pictures: new Map(),
    saving: Promise.resolve(),
  };
  byId("start").hidden = true;
  for (const id of ["work", "actions"]) byId(id).hidden = false;
  document.body.classList.add("working");
  byId("document-name").textContent = name;
  byId("document-name").hidden = !name;
  document.title = name ? `${name} – Handwriting OCR` : "Handwriting OCR";
  for (const id of ["copy", "download", "delete"]) byId(id).disabled = true;
  pager.show([], 1);
  byId("finished").hidden = true;
  counted();
  byId("text-title").focus({ preventScroll: true });
  return work;
}

async function read(file, fields = chosenFields()) {
  const mine = begin(file.name.replace(/\.\w+$/, ""));
  preview(file, mine);
  progress.show("sending", { fraction: 0 });
  try {
    const job = await submit(file, {
      fields,
      signal: mine.stop.signal,
      onSent: (fraction) => work === mine && progress.show("sending", { fraction }),
      onBusy: (left) =>
        work === mine && progress.show("sending", { note: `The server is busy. Trying again in ${left} s.` }),
    });
    history.replaceState(null, "", `#${job.id}`);
    await attend(job.id, mine);
  } catch (error) {
    if (work !== mine || error.name === "AbortError") return;
    showStart();
    const passing = !error.status || error.status >= 500;
    problem(error, [passing ? ["Try again", () => read(file, fields)] : ["Choose another file", () => byId("file").click()]]);
  }
}

/** Take up the job that the address names, after the page was loaded anew. */
async function resume(id) {
  const mine = begin("");
  try {
    await attend(id, mine);
  } catch (error) {
    if (work !== mine || error.name === "AbortError") return;
    showStart();
    problem(error);
  }
}

/** Show the file itself while it is being read, if the browser can. */
async function preview(file, mine) {
  if (!file.type.startsWith("image/")) return;
  try {
    const { width, height } = await createImageBitmap(file);
    if (work !== mine || mine.pages.size || mine.pictures.has(0)) return;
    mine.pictures.set(0, URL.createObjectURL(file));
    viewer.show({ size: [height, width], orientation: 0, regions: [] }, mine.pictures.get(0));
  } catch {
    /* a kind that this browser does not show, or no picture: the server says which */
  }
}

/** Follow a job to its end, showing the page at hand as soon as it is there. */
async function attend(id, mine) {
  for await (const job of follow(id, mine.stop.signal)) {
    mine.job = job;
    progress.setSteps(job.steps);
    pager.show(job.pages, mine.number);
    byId("finished").textContent = finishedOf(job);
    byId("finished").hidden = job.pages.length < 2 || job.state === "done";
    byId("delete").disabled = false;
    if (job.state === "failed" && job.pages.length < 2) {
      const { message, code } = job.pages[0]?.error ?? job.error;
      throw new ApiError(message, { status: 422, code });
    }
    if (job.state === "done") {
      for (const each of ["copy", "download"]) byId(each).disabled = false;
      fillMenu(job.results, download);
    }
    await refresh(mine);
  }
}

const finishedOf = ({ pages }) =>
  `${pages.filter(({ state }) => state === "done" || state === "failed").length} of ${pages.length} pages are done`;

async function showPage(number) {
  if (!work?.job || number === work.number) return;
  transcript.clear();
  work.number = number;
  viewer.clear();
  hideNotes();
  clearProblem();
  pager.show(work.job.pages, number);
  await refresh(work).catch((error) => error.name !== "AbortError" && problem(error));
}

/** Show the page at hand as it now is: on its way, failed, or read. */
async function refresh(mine) {
  const { number, job } = mine;
  const state = job.pages.find((page) => page.number === number);
  if (!state || work !== mine) return;
  if (state.state === "failed") {
    progress.hide();
    transcript.tell(state.error.message);
  } else if (state.state !== "done") {
    progress.show(state.stage ?? "queued");
  } else if (transcript.page === null || transcript.page !== mine.pages.get(number)) await showText(mine, state);
  if (work !== mine || mine.number !== number) return;
  if (state.state === "done") showNotes(job, state, transcript.page, readLeftOut);
  else hideNotes();
}

async function showText(mine, state) {
  const { number, page: address, picture } = state;
  const { signal } = mine.stop;
  if (!mine.pages.has(number)) mine.pages.set(number, await json(address, { signal }));
  if (!mine.pictures.has(number)) mine.pictures.set(number, await blobUrl(picture, { signal }));
  if (work !== mine || mine.number !== number) return;
  const page = mine.pages.get(number);
  progress.hide();
  viewer.show(page, mine.pictures.get(number));
  transcript.show(page, mine.pictures.get(number));
  const found = `The page is read: ${count(linesOf(page).length, "line")}, ${count(doubts(page).length, "word")} to check.`;
  announce([found, ...notesOf(mine.job, state, page)].join(" "));
}

/** Read the page at hand once more, with what was left out of it. */
async function readLeftOut() {
  const mine = work;
  const { number } = mine;
  const { page: address } = mine.job.pages.find((page) => page.number === number);
  try {
    await mine.saving;
    const corrected = linesOf(mine.pages.get(number)).some(isCorrected);
    if (corrected && (await ask(byId("again-dialog"))) !== "yes") return;
    mine.job = await json(`${address}/left-out`, { method: "POST" });
    mine.pages.delete(number);
    if (work !== mine) return;
    if (mine.number === number) transcript.clear();
    for (const id of ["copy", "download"]) byId(id).disabled = true;
    byId("text-title").focus({ preventScroll: true });
    await attend(mine.job.id, mine);
  } catch (error) {
    if (work === mine && error.name !== "AbortError") problem(error);
  }
}

function counted() {
  const page = transcript.page;
  const left = page ? doubts(page).length : 0;
  byId("doubts").hidden = left === 0;
  byId("doubt-count").textContent = `${count(left, "word")} to check`;
  byId("legend").hidden = !page || !linesOf(page).length;
}

/** Send a corrected line, one after another; the page as it then is comes back, or null if another is shown by then. */
function saveLine(id, text) {
  const mine = work;
  const number = mine.number;
  const task = mine.saving.then(() => correct(mine.job.pages.find((page) => page.number === number).page, { [id]: text }));
  mine.saving = task.catch(() => {});
  return task.then((page) => {
    mine.pages.set(number, page);
    if (work !== mine || mine.number !== number) return null;
    viewer.show(page, mine.pictures.get(number), true);
    return page;
  });
}

async function download(format, address) {
  const mine = work;
  closeMenu();
  byId("download").focus();
  announce("The download is being made.");
  try {
    await mine.saving;
    await save(address, mine.name);
  } catch (error) {
    problem(error, [["Try again", () => download(format, address)]]);
  }
}

async function copy() {
  try {
    await work.saving;
    await navigator.clipboard.writeText(await (await call(work.job.results.txt)).text());
    byId("copy").lastElementChild.textContent = "Copied";
    announce("The text is copied.");
    setTimeout(() => (byId("copy").lastElementChild.textContent = "Copy text"), 2000);
  } catch (error) {
    problem(error.status ? error : new Error("The browser does not allow copying here. Download the text instead."));
  }
}

async function remove() {
  const until = new Date(work.job.expires).toLocaleString([], { dateStyle: "long", timeStyle: "short" });
  byId("expiry").textContent = `Left alone, they are deleted on ${until}.`;
  if ((await ask(byId("delete-dialog"))) !== "yes") return;
  try {
    await call(`/v1/jobs/${encodeURIComponent(work.job.id)}`, { method: "DELETE" });
    showStart();
    announce("The document is deleted.");
  } catch (error) {
    problem(error, [["Try again", remove]]);
  }
}

function wireButtons() {
  byId("zoom-in").addEventListener("click", () => viewer.zoom(1.3));
  byId("zoom-out").addEventListener("click", () => viewer.zoom(1 / 1.3));
  byId("zoom-fit").addEventListener("click", () => viewer.page && viewer.fit());
  byId("outlines").addEventListener("click", ({ currentTarget: button }) => {
    const shown = byId("viewer").classList.toggle("bare");
    button.setAttribute("aria-pressed", String(!shown));
  });
  byId("doubt-next").addEventListener("click", () => transcript.next(last));
  for (const place of [byId("doubt-next"), document.querySelector(".picture")]) {
    place.addEventListener("mousedown", (event) => document.activeElement.matches("textarea") && event.preventDefault());
  }
  byId("copy").addEventListener("click", copy);
  byId("delete").addEventListener("click", remove);
  byId("another").addEventListener("click", showStart);
  document.querySelector(".brand").addEventListener("click", (event) => (event.preventDefault(), showStart()));
  addEventListener("hashchange", () => (location.hash.length > 1 ? resume(location.hash.slice(1)) : showStart()));
}

wireKey();
wireButtons();
wireIntake(read);
const readSample = (file) => read(file, { ...chosenFields(), whole: "" }); // each shows a page
if (location.hash.length > 1) resume(location.hash.slice(1));
showSamples(readSample, problem).then(() => showOffers((steps) => progress.setSteps(steps)));
