// A server on a free loopback port for one test, which remembers what it was asked.

export interface LoopbackServer extends Disposable {
  url: URL;
  requests: { method: string; path: string; headers: Headers }[];
}

export type Handler = (request: Request, count: number) => Response | Promise<Response>;

/** `count` is 1 for the first request. */
export function serveLoopback(handler: Handler, hostname = "127.0.0.1"): LoopbackServer {
  const requests: LoopbackServer["requests"] = [];
  const server = Bun.serve({
    port: 0,
    hostname,
    fetch(request) {
      requests.push({ method: request.method, path: new URL(request.url).pathname, headers: request.headers });
      return handler(request, requests.length);
    },
  });
  return {
    url: new URL(`http://${hostname}:${server.port}/`),
    requests,
    [Symbol.dispose]: () => void server.stop(true),
  };
}

/** Answers as a static file server with ranges does. */
export function answerRange(request: Request, content: Uint8Array): Response {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "") ?? [];
  if (first === undefined || last === undefined) return new Response(content.slice());
  const headers = { "content-range": `bytes ${first}-${last}/${content.length}` };
  return new Response(content.slice(Number(first), Number(last) + 1), { status: 206, headers });
}

/** The error of a promise that must fail. */
export async function catchError(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a failure");
}

export async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
