// The server's JSON, with its errors as sentences for a person.

const TIMEOUT_MS = 5000;

/** Whether Affectune runs on this very computer. */
export const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

/** A request that brought no document. */
export class ApiError extends Error {
  /**
   * `message` says why in whole sentences; `brief` says it in the chip and `advice` beside that.
   * `status` is HTTP's, and 0 where nobody answered.
   *
   * @param {string} message
   */
  constructor(message, { brief = "Something is wrong", advice = message, status = 0 } = {}) {
    super(message);
    this.brief = brief;
    this.advice = advice;
    this.status = status;
  }
}

/** @param {string} brief @param {string} advice */
function lost(brief, advice) {
  return new ApiError(`${brief}. ${advice}`, { brief, advice });
}

/** @param {unknown} [error] */
function describe(error) {
  if (error instanceof DOMException && error.name === "TimeoutError") return lost("Affectune is slow to answer", "Waiting for it.");
  if (isHere) {
    return lost("Affectune has stopped", "Start it again and this page reconnects.");
  }
  return lost("No answer from Affectune", "It was stopped, or the network is away. This page reconnects by itself.");
}

/** A sentence for whatever was thrown. @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** @type {Record<string, string>} */
const again = {};

/**
 * Fetch one of the page's own scripts, when it is first wanted.
 *
 * @template {keyof Scripts} N
 * @param {N} name
 * @returns {Promise<Scripts[N]>}
 */
export async function load(name) {
  try {
    return await import(`./${name}.js${again[name] ?? ""}`);
  } catch (error) {
    again[name] = `?${Date.now()}`; // some browsers give a failed address no second chance
    throw describe(error);
  }
}

/** Add one of the page's own style sheets, when it is first wanted. @param {string} name */
export async function loadStyles(name) {
  const id = `${name}-styles`;
  if (document.getElementById(id)) return;
  const link = Object.assign(document.createElement("link"), { id, rel: "stylesheet", href: `/static/${name}.css` });
  await new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => { link.remove(); reject(describe()); });
    document.head.append(link);
  });
}

/**
 * Fetch JSON; with `cache: "no-cache"` the browser revalidates, so an unchanged answer is a 304.
 *
 * @template {string} P
 * @template {string} [M="GET"]
 * @param {P} path
 * @param {RequestInit & { method?: M }} options
 * @returns {Promise<{ body: Answer<M, P>, date: number }>}
 */
export async function request(path, options = {}) {
  let response, text;
  try {
    response = await fetch(path, { cache: "no-cache", signal: AbortSignal.timeout(TIMEOUT_MS), ...options });
    text = await response.text();
  } catch (error) {
    throw describe(error);
  }
  if (response.status === 401) location.assign(`/login?next=${location.pathname}`);
  return { body: parse(response, text), date: Date.parse(response.headers.get("Date") ?? "") || Date.now() };
}

/** @param {Response} response @param {string} text */
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

/**
 * Send a change as JSON and return the answer's.
 *
 * @template {string} M
 * @template {string} P
 * @param {M} method
 * @param {P} path
 * @param {object} change
 * @param {RequestInit} options
 * @returns {Promise<Answer<M, P>>}
 */
export async function send(method, path, change, options = {}) {
  const headers = { "Content-Type": "application/json" };
  return (await request(path, { ...options, method, body: JSON.stringify(change), headers })).body;
}
