// One document on its way: sent, waited for when the server is busy, followed until all its pages are read.

import { ApiError, json, send } from "./api.js";

const PATIENCE = 60; // seconds without an answer after which a job is given up

const LARGE = 20e6; // bytes; beyond that the server is asked for its limit first

/** Throw an ApiError for a file that the server would refuse anyway. */
async function refuseTooLarge(file, signal) {
  const { limits } = await json("/v1/models", { signal });
  if (file.size <= limits.bytes) return;
  throw new ApiError(
    `The file has ${(file.size / 1e6).toFixed(1)} MB; ${limits.bytes / 1e6} MB are accepted. ` +
      "Save the image smaller or as JPEG, or send the document in parts.",
    { status: 413, code: "too_large" },
  );
}

/** Wait, in seconds; giving up by the signal ends it with an AbortError. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("given up", "AbortError"));
    });
  });
}

/** Send a file with the form's other fields; a full queue is waited out. onSent gets the fraction sent, onBusy the seconds until the next try. */
export async function submit(file, { fields, onSent, onBusy, signal }) {
  if (file.size > LARGE) await refuseTooLarge(file, signal);
  for (;;) {
    try {
      return await send(file, fields, onSent, signal);
    } catch (error) {
      if (error.status !== 429) throw error;
      for (let left = Math.ceil(error.retryAfter || 5); left > 0; left -= 1) {
        onBusy(left);
        await pause(1, signal);
      }
    }
  }
}

/** Give the job each time it is asked for, until it is done or failed; a server that starts again is waited for. */
export async function* follow(id, signal) {
  let delay = 0.2;
  let silent = 0;
  for (;;) {
    try {
      const job = await json(`/v1/jobs/${encodeURIComponent(id)}`, { signal });
      silent = 0;
      yield job;
      if (job.state === "done" || job.state === "failed") return;
    } catch (error) {
      const passing = error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500);
      silent += delay;
      if (!passing || silent > PATIENCE) throw error;
    }
    await pause(delay, signal);
    delay = Math.min(delay * 1.05, 2);
  }
}
