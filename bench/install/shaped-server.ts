// The wheels through a line with a rate, of all connections together or of each; the line can be cut.
import { open } from "node:fs/promises";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import { PAGE_TYPE, parseRange } from "./wheel-index.ts";
import type { ServedWheel, WheelIndex } from "./wheel-index.ts";

const PIECE_BYTES = 64 * 1024;
/** What a busy machine kept this process from sending may follow: else the line would be slower than it says. */
const BURST_MS = 100;
/** Timers keep no shorter ones. */
const LEAST_SLEEP_MS = 2;

export interface Line {
  /** Bytes a second. */
  totalRate?: number;
  connectionRate?: number;
  /** After so many bytes all connections break, and for a while nobody is answered. */
  cutAtBytes?: number;
  downMs?: number;
}

export interface ShapedServer {
  port: number;
  /** From now on; what was sent counts from zero. */
  setLine(line: Line): void;
  readonly sentBytes: number;
}

export async function serveShaped(index: WheelIndex): Promise<ShapedServer> {
  const state = { line: {} as Line, total: undefined as RateLimit | undefined, sentBytes: 0, downUntilMs: 0 };
  const server = createServer((request, response) => {
    if (performance.now() < state.downUntilMs) return void request.socket.destroy();
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const page = index.findPage(pathname);
    if (page !== undefined) return void response.writeHead(200, { "content-type": PAGE_TYPE }).end(page);
    const wheel = index.findWheel(pathname);
    if (wheel === undefined) return void response.writeHead(404).end();
    const range = parseRange(request.headers.range, wheel.sizeBytes);
    const [start, end] = range ?? [0, wheel.sizeBytes];
    response.writeHead(range === undefined ? 200 : 206, {
      "accept-ranges": "bytes",
      "content-length": end - start,
      ...(range && { "content-range": `bytes ${start}-${end - 1}/${wheel.sizeBytes}` }),
    });
    if (request.method === "HEAD") return void response.end();
    const own = state.line.connectionRate === undefined ? undefined : createRateLimit(state.line.connectionRate);
    const limits = [state.total, own].filter((limit) => limit !== undefined);
    void send(response, { wheel, start, end, limits, onBytes: countAndCut });
  });
  const countAndCut = (count: number): void => {
    state.sentBytes += count;
    if (state.sentBytes < (state.line.cutAtBytes ?? Infinity)) return;
    state.downUntilMs = performance.now() + (state.line.downMs ?? 0);
    delete state.line.cutAtBytes;
    server.closeAllConnections();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    setLine(line) {
      const { totalRate } = line;
      Object.assign(state, { line, total: totalRate === undefined ? undefined : createRateLimit(totalRate), sentBytes: 0 });
    },
    get sentBytes() {
      return state.sentBytes;
    },
  };
}

interface Part {
  wheel: ServedWheel;
  start: number;
  end: number;
  limits: readonly RateLimit[];
  onBytes: (count: number) => void;
}

/** Waits until so many bytes may leave. */
type RateLimit = (bytes: number) => Promise<void>;

function createRateLimit(bytesPerSecond: number): RateLimit {
  let freeAtMs = performance.now();
  return async (bytes) => {
    freeAtMs = Math.max(freeAtMs, performance.now() - BURST_MS) + (bytes / bytesPerSecond) * 1000;
    const aheadMs = freeAtMs - performance.now();
    if (aheadMs > LEAST_SLEEP_MS) await Bun.sleep(aheadMs);
  };
}

async function send(response: ServerResponse, { wheel, start, end, limits, onBytes }: Part): Promise<void> {
  const file = await open(wheel.path);
  try {
    for (let at = start; at < end && !response.destroyed; at += PIECE_BYTES) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - at));
      await file.read(piece, 0, piece.length, at);
      for (const limit of limits) await limit(piece.length);
      await write(response, piece);
      onBytes(piece.length);
    }
    if (!response.destroyed) response.end();
  } finally {
    await file.close();
  }
}

/** Until the system took it, or the client went. */
function write(response: ServerResponse, piece: Uint8Array): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    response.once("close", resolve);
    response.write(piece, () => (response.off("close", resolve), resolve()));
  });
}
