// The server's JSON, with its errors as sentences for a person.

const PATIENCE_MS = 5000;

/** What a request ends with when the server did not answer with the document asked for. */
export class ApiError extends Error {
  constructor(message, { gone = false } = {}) {
    super(message);
    this.gone = gone; // nobody answered, as opposed to an answer that is an error
  }
}

/** Fetch JSON; with `cache: "no-cache"` the browser revalidates, so an unchanged answer is a 304. */
export async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE_MS), ...options });
  } catch (error) {
    throw new ApiError("Nobody answers.", { gone: true, cause: error });
  }
  if (response.status === 401) location.assign("/login?next=/");
  let body;
  try {
    body = await response.json();
  } catch {
    throw new ApiError(`Affectune answered ${response.status} without the JSON expected.`, { gone: response.ok });
  }
  if (!response.ok) throw new ApiError(body.error?.message ?? `Affectune answered ${response.status}.`);
  return { body, date: Date.parse(response.headers.get("Date")) || Date.now() };
}

/** Send a change; the answer is the new state. */
export async function send(method, path, change) {
  const options = { method, body: JSON.stringify(change), headers: { "Content-Type": "application/json" } };
  return (await request(path, options)).body;
}
