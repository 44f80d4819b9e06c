// A request's body as JSON: refused by size before it is read where the client says the size, and while it is read
// where it does not. Knows nothing of what the fields mean.
import { TermiteError } from "../../errors.ts";
import { raceAbort } from "../../race-abort.ts";
import { checkWellFormed } from "./validate.ts";

// Deeper than any body that a route knows; JSON.parse took 1.7 s on the event loop for 5 MB of "[".
const MAX_DEPTH = 32;

export interface BodyOptions {
  limitBytes: number;
  signal: AbortSignal;
}

/** The body as parsed JSON. A missing content type is fine: the routes speak JSON only. */
export async function readJsonBody(request: Request, { limitBytes, signal }: BodyOptions): Promise<unknown> {
  const announced = request.headers.get("content-length");
  if (Number(announced ?? 0) > limitBytes) throw createTooLarge(`${Number(announced)} bytes`, limitBytes);
  // What announces its size cannot be larger (RFC 9112, 6.3), and reading it as a stream costs as much as all else of a short request.
  const read = announced === null ? readStream(request, { limitBytes, signal }) : request.bytes();
  return parseJsonBody(await raceAbort(read, signal));
}

/** Throws `invalid_request` for what is not UTF-8, not JSON, nested absurdly deep, or holds a lone surrogate. */
export function parseJsonBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw createUnreadable("it is empty, expected a JSON object");
  checkDepth(bytes);
  const text = decodeUtf8(bytes);
  const body = parseJson(text);
  // UTF-8 cannot hold a surrogate: only an escape can have made one, and most bodies have none.
  if (/\\u[dD][89a-fA-F]/.test(text)) checkWellFormed(body);
  return body;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The engine quotes the offending word in full, however long it is.
    const reason = cause instanceof Error ? cause.message.replace(/^JSON Parse error: /, "").slice(0, 100) : "";
    throw createUnreadable(`it is not valid JSON (${reason})`, cause);
  }
}

async function readStream(request: Request, { limitBytes, signal }: BodyOptions): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.body) {
    signal.throwIfAborted();
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw createTooLarge("more", limitBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw createUnreadable("it is not valid UTF-8", cause);
  }
}

/** Counts brackets outside strings. Works on bytes: no byte of a multi-byte UTF-8 sequence is below 0x80. */
function checkDepth(bytes: Uint8Array): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x5b || byte === 0x7b) depth++;
    else if (byte === 0x5d || byte === 0x7d) depth--;
    if (depth > MAX_DEPTH) throw createUnreadable(`it is nested deeper than ${MAX_DEPTH} levels`);
  }
}

function createTooLarge(found: string, limitBytes: number): TermiteError {
  return new TermiteError("body_too_large", `Cannot read the body: found ${found}, the limit is ${limitBytes} bytes`, {
    details: { limitBytes },
  });
}

function createUnreadable(found: string, cause?: unknown): TermiteError {
  return new TermiteError("invalid_request", `Cannot read the body: ${found}`, { cause });
}
