// The service's addresses, called with the key where there is one; what goes wrong comes out as an ApiError.

const KEY = "ocr-api-key";
const SILENCE = "The server does not answer. Check that it is running and that you are online, then try again.";

/** A request that failed; the message is for the person who made it. */
export class ApiError extends Error {
  constructor(message, { status = 0, code = "no_answer", retryAfter = 0 } = {}) {
    super(message);
    Object.assign(this, { status, code, retryAfter });
  }
}

let askForKey = async () => null;

/** Say how a person is asked for the key: a function (again: boolean) => Promise of the key or null. */
export function setKeyAsker(asker) {
  askForKey = asker;
}

const authorization = () => {
  const key = sessionStorage.getItem(KEY);
  return key ? { Authorization: `Bearer ${key}` } : {};
};

/** Make an ApiError of a status, a header (name) => value and the text of an answer. */
function failure(status, header, text) {
  let error = {};
  try {
    error = JSON.parse(text).error ?? {};
  } catch {
    /* an answer of something in between, such as a proxy: only its status is known */
  }
  const message =
    error.message ?? `The server answered with status ${status}. Try again; if that does not help, tell who runs it.`;
  return new ApiError(message, { status, code: error.code, retryAfter: Number(header("Retry-After")) || 0 });
}

/** Run a request; where the key is missing or wrong, ask for it and run the request again. */
async function withKey(request) {
  for (let again = sessionStorage.getItem(KEY) !== null; ; again = true) {
    try {
      return await request();
    } catch (error) {
      if (error.status !== 401) throw error;
      const key = await askForKey(again);
      if (!key) throw error;
      sessionStorage.setItem(KEY, key);
    }
  }
}

/** Call an address; the answer is a Response that is ok. */
export function call(path, options = {}) {
  return withKey(async () => {
    let answer;
    try {
      answer = await fetch(path, { ...options, headers: { ...authorization(), ...options.headers } });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(SILENCE);
    }
    if (!answer.ok) throw failure(answer.status, (name) => answer.headers.get(name), await answer.text());
    return answer;
  });
}

/** Call an address that answers with JSON. */
export const json = async (path, options) => (await call(path, options)).json();

/** Bring a picture or document as an address of this page, to be given back by URL.revokeObjectURL. */
export const blobUrl = async (path, options) => URL.createObjectURL(await (await call(path, options)).blob());

/** Change lines of a page, {id: text}; the page's JSON comes back. */
export const correct = (path, lines) =>
  json(path, {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ lines }),
  });

/** Send a file with fields {name: value}, telling the fraction that is sent; the job comes back. (fetch cannot tell how far an upload is.) */
export function send(file, fields, onSent, signal) {
  return withKey(
    () =>
      new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        const form = new FormData();
        form.append("file", file, file.name || "picture");
        for (const [name, value] of Object.entries(fields)) form.append(name, value);
        request.open("POST", "/v1/pages?wait=0");
        for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
        request.upload.addEventListener(
          "progress",
          (event) => event.lengthComputable && onSent(event.loaded / event.total),
        );
        request.addEventListener("error", () =>
          reject(
            new ApiError(
              `${SILENCE} A file that is too large is broken off, too; this one has ${(file.size / 1e6).toFixed(1)} MB.`,
            ),
          ),
        );
        request.addEventListener("abort", () => reject(new DOMException("given up", "AbortError")));
        request.addEventListener("load", () =>
          request.status < 300
            ? resolve(JSON.parse(request.responseText))
            : reject(failure(request.status, (name) => request.getResponseHeader(name), request.responseText)),
        );
        signal.addEventListener("abort", () => request.abort());
        request.send(form);
      }),
  );
}
