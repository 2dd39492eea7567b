// How a page comes in: dropped, pasted, chosen, or one of the samples.

import { ApiError, blobUrl, call, json } from "./api.js";
import { byId, make } from "./dom.js";

/** Call onFile with what is dropped, pasted or chosen. */
export function wireIntake(onFile) {
  const veil = byId("veil");
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  byId("choose").addEventListener("click", () => byId("file").click());
  byId("drop").addEventListener("click", (event) => event.target.closest("button, input") ?? byId("file").click());
  byId("file").addEventListener("change", ({ target }) => {
    if (target.files.length) onFile(target.files[0]);
    target.value = "";
  });
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && (veil.hidden = true));
  addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer.files.length) onFile(event.dataTransfer.files[0]);
  });
  addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (!file) return;
    event.preventDefault();
    onFile(file);
  });
}

/** Show the samples that the server has; the section stays away where there are none. */
export async function showSamples(onFile, onProblem) {
  let samples;
  try {
    ({ samples } = await json("/v1/samples"));
  } catch {
    return; // reading goes without them
  }
  const items = samples.map(({ name }) => {
    const url = `/v1/samples/${encodeURIComponent(name)}`;
    const picture = make("img", { alt: "", width: 150, height: 200 });
    blobUrl(url).then(
      (address) => (picture.src = address),
      () => picture.remove(),
    );
    const choose = async () => {
      try {
        const content = await (await call(url)).blob();
        onFile(new File([content], name, { type: content.type }));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        onProblem(error);
      }
    };
    return make(
      "li",
      {},
      make(
        "button",
        { type: "button", class: "sample", "data-sample": name, click: choose },
        picture,
        make("span", {}, name.replace(/\.\w+$/, "").replaceAll("-", " ")),
      ),
    );
  });
  byId("sample-list").replaceChildren(...items);
  byId("samples").hidden = items.length === 0;
}
