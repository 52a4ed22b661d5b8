// The server's JSON, with its errors as sentences for a person.

const PATIENCE_MS = 5000;

/** A request that brought no document: `message` says why, `brief` says it in the chip. */
export class ApiError extends Error {
  constructor(message, brief = "Something is wrong") {
    super(message);
    this.brief = brief;
  }
}

function describe(error) {
  if (error.name === "TimeoutError") {
    return new ApiError("Affectune is slow to answer. Waiting for it.", "Waiting for Affectune");
  }
  return new ApiError("Affectune has stopped. Start it again and this page reconnects.", "Affectune has stopped");
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
  if (response.status === 401) location.assign("/login?next=/");
  return { body: parse(response, text), date: Date.parse(response.headers.get("Date")) || Date.now() };
}

function parse(response, text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ApiError(`Affectune answered ${response.status} without the JSON expected.`);
  }
  if (!response.ok) throw new ApiError(body.error?.message ?? `Affectune answered ${response.status}.`);
  return body;
}

/** Send a change; the answer is the new state. */
export async function send(method, path, change) {
  const options = { method, body: JSON.stringify(change), headers: { "Content-Type": "application/json" } };
  return (await request(path, options)).body;
}
