import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { createApp } from "../../src/server/app.ts";
import { listen } from "../../src/server/listen.ts";
import type { Listener } from "../../src/server/listen.ts";
import { answerAtOnce, answerNever, createFakeDeps } from "./fake-deps.ts";
import type { FakeDeps } from "./fake-deps.ts";

const ANY_PORT = { hostname: "127.0.0.1", port: 0 };
const EMBED = JSON.stringify({ model: "x", input: "a" });
const open: { stop(): unknown }[] = [];

afterEach(async () => {
  for (const item of open.splice(0)) await item.stop();
});

function start(deps: FakeDeps): Listener {
  const listener = listen({ app: createApp(deps), ...ANY_PORT, log: deps.log });
  open.push(listener);
  return listener;
}

/** A connection whose bytes we choose; `received` is what came back so far. */
function dial(url: string): { socket: Socket; received: () => string; until: (part: string) => Promise<string> } {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  open.push({ stop: () => socket.destroy() });
  let text = "";
  socket.on("data", (chunk) => (text += String(chunk)));
  const until = async (part: string) => {
    while (!text.includes(part)) await Bun.sleep(1);
    return text;
  };
  return { socket, received: () => text, until };
}

function format(body: string, headers = ""): string {
  return `POST /api/embed HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;
}

async function waitFor(isDone: () => boolean): Promise<void> {
  while (!isDone()) await Bun.sleep(1);
}

describe("listen()", () => {
  test("serves at the url that it says", async () => {
    const { url } = start(createFakeDeps());
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test("says who asks by the address of the other end", async () => {
    const deps = createFakeDeps();
    await fetch(`${start(deps).url}/api/embed`, { method: "POST", body: EMBED });
    expect([deps.requests[0]?.client, deps.lines[0]?.fields["client"]]).toEqual(["127.0.0.1", "127.0.0.1"]);
  });

  test.each(["GET /healthz HTTP/1.0\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost:\r\n\r\n"])(
    "finds the route of a probe that names no host: %j",
    async (request) => {
      const { socket, until } = dial(start(createFakeDeps()).url);
      socket.write(request);
      expect(await until("}")).toContain("200 OK");
    },
  );

  test("puts an IPv6 literal into brackets where it names it", () => {
    const deps = createFakeDeps();
    expect(() => listen({ app: createApp(deps), hostname: "2001:db8::7", port: 1, log: deps.log })).toThrow(
      'Cannot listen on "[2001:db8::7]:1": ',
    );
  });

  test("refuses a port in use by its number", () => {
    const deps = createFakeDeps();
    const port = Number(new URL(start(deps).url).port);
    expect(() => listen({ app: createApp(deps), hostname: "127.0.0.1", port, log: deps.log })).toThrow(
      expect.objectContaining({
        code: "address_in_use",
        message: `Cannot listen on "127.0.0.1:${port}": the port is in use`,
        hint: "choose another address with --api-url",
      }),
    );
  });

  test("refuses an address of another machine", () => {
    const deps = createFakeDeps();
    expect(() => listen({ app: createApp(deps), hostname: "203.0.113.7", port: 1, log: deps.log })).toThrow(
      expect.objectContaining({
        code: "address_unavailable",
        message: 'Cannot listen on "203.0.113.7:1": the address is not available (EADDRNOTAVAIL)',
      }),
    );
  });

  test("answers 413 to a body over its limit before the body is sent", async () => {
    const { socket, until } = dial(start(createFakeDeps()).url);
    socket.write("POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n");
    const answer = await until("}}");
    expect(answer).toStartWith("HTTP/1.1 413 ");
    expect(answer).toContain('"message":"Cannot read the body: found 50000000 bytes, the limit is 5000000 bytes"');
  });

  test("answers 413 to a chunked body once it passes its limit", async () => {
    const limits = { bodyBytes: 100, inputs: 1, textBytes: 10 };
    const { socket, until } = dial(start(createFakeDeps({ limits })).url);
    socket.write("POST /api/embed HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    socket.write(`80\r\n${"x".repeat(0x80)}\r\n`);
    expect(await until("}")).toContain('{"error":"Cannot read the body: found more, the limit is 100 bytes"}');
  });

  test("answers 504 to a client that does not send its body", async () => {
    const { socket, until } = dial(start(createFakeDeps({ requestTimeoutMs: 30 })).url);
    socket.write("POST /api/embed HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{");
    expect(await until("}")).toStartWith("HTTP/1.1 504 ");
  });

  test("counts a client that closes the connection in the middle of its body as one that left", async () => {
    const deps = createFakeDeps();
    const { socket } = dial(start(deps).url);
    socket.write(format(EMBED).slice(0, -3));
    await Bun.sleep(20);
    socket.end();
    while (deps.lines.length === 0) await Bun.sleep(1);
    expect(deps.lines).toMatchObject([{ message: "request", fields: { status: 499, error: "client_closed" } }]);
  });

  test("aborts the work when the client closes the connection", async () => {
    const deps = createFakeDeps({}, answerNever);
    const { socket } = dial(start(deps).url);
    socket.write(format(EMBED));
    await waitFor(() => deps.requests.length === 1);
    socket.destroy();
    await waitFor(() => deps.lines.length === 1);
    expect(deps.requests[0]?.signal.aborted).toBe(true);
    expect(deps.lines[0]?.fields).toMatchObject({ status: 499, error: "client_closed" });
  });
});

describe("drain()", () => {
  test("finishes the work in hand, refuses new work on open connections, then closes the port", async () => {
    const gate = Promise.withResolvers<void>();
    const deps = createFakeDeps({}, (request) => gate.promise.then(() => answerAtOnce(request)));
    const listener = start(deps);
    const [busy, idle] = [dial(listener.url), dial(listener.url)];
    busy.socket.write(format(EMBED));
    idle.socket.write("GET /api/version HTTP/1.1\r\nHost: x\r\n\r\n");
    await idle.until("version");
    await waitFor(() => deps.requests.length === 1);

    const drained = listener.drain(5000);
    idle.socket.write(format(EMBED));
    const refusal = await idle.until("Cannot");
    expect(refusal).toMatch(/HTTP\/1\.1 503 .*\r\nretry-after: 1\r\n/is);
    expect(refusal).toMatch(/\r\nconnection: close\r\n/i);
    expect(refusal).toEndWith('{"error":"Cannot take work now: the server is shutting down"}');
    const readiness = await fetch(`${listener.url}/readyz`);
    expect([readiness.status, await readiness.json()]).toMatchObject([503, { status: "draining" }]);
    expect(deps.requests.length).toBe(1);

    gate.resolve();
    expect(await drained).toBe(true);
    expect(await busy.until("prompt_eval_count")).toStartWith("HTTP/1.1 200 ");
    const late = await fetch(`${listener.url}/healthz`).catch((error: unknown) => error);
    expect(late).toBeInstanceOf(Error);
  });

  test("cuts off what is still in hand when the time is over", async () => {
    const deps = createFakeDeps({}, answerNever);
    const listener = start(deps);
    dial(listener.url).socket.write(format(EMBED));
    await waitFor(() => deps.requests.length === 1);
    expect(await listener.drain(20)).toBe(false);
    expect(deps.requests[0]?.signal.aborted).toBe(true);
    expect(deps.lines.find(({ level }) => level === "warn")).toEqual({
      level: "warn",
      message: "work was cut off",
      fields: { requests: 1, timeoutMs: 20 },
    });
  });

  test("closes at once when there is nothing in hand", async () => {
    const listener = start(createFakeDeps());
    await dial(listener.url).until("");
    expect(await listener.drain(60_000)).toBe(true);
  });
});
