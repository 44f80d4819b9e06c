// The wheels as fast as the kernel sends files: `sendfile`, so that the server takes little of what the two installers share.
import { PAGE_TYPE, parseRange } from "./wheel-index.ts";
import type { WheelIndex } from "./wheel-index.ts";

export function serveFast(index: WheelIndex, onBytes: (count: number) => void) {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 120,
    fetch(request) {
      const { pathname } = new URL(request.url);
      const page = index.findPage(pathname);
      if (page !== undefined) return new Response(page, { headers: { "content-type": PAGE_TYPE } });
      const wheel = index.findWheel(pathname);
      if (wheel === undefined) return new Response("not found", { status: 404 });
      const headers = { "accept-ranges": "bytes" };
      if (request.method === "HEAD") return new Response(null, { headers: { ...headers, "content-length": String(wheel.sizeBytes) } });
      const range = parseRange(request.headers.get("range"), wheel.sizeBytes);
      const [start, end] = range ?? [0, wheel.sizeBytes];
      onBytes(end - start);
      const body = Bun.file(wheel.path).slice(start, end);
      if (range === undefined) return new Response(body, { headers });
      return new Response(body, { status: 206, headers: { ...headers, "content-range": `bytes ${start}-${end - 1}/${wheel.sizeBytes}` } });
    },
  });
}
