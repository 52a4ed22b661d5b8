// The server's JSON, with its errors as sentences for a person.

const PATIENCE_MS = 5000;

/** Whether Affectune runs on this very computer. */
export const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

/** A request that brought no document. */
export class ApiError extends Error {
  /**
   * `message` says why in whole sentences; `brief` says it in the chip and `advice` beside that.
   * `status` is HTTP's, and 0 where nobody answered.
   */
  constructor(message, { brief = "Something is wrong", advice = message, status = 0 } = {}) {
    super(message);
    Object.assign(this, { brief, advice, status });
  }
}

function lost(brief, advice) {
  return new ApiError(`${brief}. ${advice}`, { brief, advice });
}

function describe(error) {
  if (error.name === "TimeoutError") return lost("Affectune is slow to answer", "Waiting for it.");
  if (isHere) {
    return lost("Affectune has stopped", "Start it again and this page reconnects.");
  }
  return lost("No answer from Affectune", "It was stopped, or the network is away. This page reconnects by itself.");
}

const again = {};

/** Fetch one of the page's own scripts, when it is first wanted. */
export async function load(name) {
  try {
    return await import(`./${name}.js${again[name] ?? ""}`);
  } catch (error) {
    again[name] = `?${Date.now()}`; // some browsers give a failed address no second chance
    throw describe(error);
  }
}

/** Add one of the page's own style sheets, when it is first wanted. */
export async function loadStyles(name) {
  const id = `${name}-styles`;
  if (document.getElementById(id)) return;
  const link = Object.assign(document.createElement("link"), { id, rel: "stylesheet", href: `/static/${name}.css` });
  await new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", (event) => { link.remove(); reject(describe(event)); });
    document.head.append(link);
  });
}

/** Fetch JSON; with `cache: "no-cache"` the browser revalidates, so an unchanged answer is a 304. */
export async function request(path, options = {}) {
  let response, text;
  try {
    response = await fetch(path, { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE_MS), ...options });
    text = await response.text();
  } catch (error) {
    throw describe(error);
  }
  if (response.status === 401) location.assign(`/login?next=${location.pathname}`);
  return { body: parse(response, text), date: Date.parse(response.headers.get("Date")) || Date.now() };
}

function parse({ status, ok }, text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ApiError(`Affectune answered ${status} without the JSON expected.`, { status });
  }
  if (!ok) throw new ApiError(body.error?.message ?? `Affectune answered ${status}.`, { status });
  return body;
}

/** Send a change as JSON and return the answer's. */
export async function send(method, path, change, options = {}) {
  const headers = { "Content-Type": "application/json" };
  return (await request(path, { method, body: JSON.stringify(change), headers, ...options })).body;
}
