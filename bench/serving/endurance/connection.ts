// One connection that a client keeps, in bare HTTP/1.1: the least that a client can cost, because it runs on the cores of the
// server that it measures. Reads what termite writes: a status, a length, a body.
import type { Socket } from "bun";

export interface Answer {
  status: number;
  /** The status line and headers. */
  head: string;
  body: Buffer;
  /** `performance.now()` when its last byte was here. */
  endedAt: number;
}

export interface Connection {
  readonly isOpen: boolean;
  /** One at a time. Rejects when the connection breaks. */
  send(request: string): Promise<Answer>;
  close(): void;
}

const HEAD_END = "\r\n\r\n";

export async function openConnection(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url);
  let waiting: PromiseWithResolvers<Answer> | undefined;
  let received: Buffer = Buffer.alloc(0);
  let unsent: Buffer = Buffer.alloc(0);
  let isOpen = true;
  const flush = (socket: Socket): void => {
    if (unsent.length > 0) unsent = unsent.subarray(Math.max(0, socket.write(unsent)));
  };
  const end = (reason: string): void => {
    isOpen = false;
    waiting?.reject(new Error(reason));
    waiting = undefined;
  };
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data(_, bytes) {
        received = received.length === 0 ? Buffer.from(bytes) : Buffer.concat([received, bytes]);
        const answer = parseAnswer(received);
        if (answer === undefined) return;
        received = Buffer.alloc(0);
        waiting?.resolve(answer);
        waiting = undefined;
      },
      drain: flush,
      close: () => end("closed"),
      error: (_, error) => end(error.message),
    },
  });
  return {
    get isOpen() {
      return isOpen;
    },
    send(request) {
      if (!isOpen) return Promise.reject(new Error("closed"));
      waiting = Promise.withResolvers();
      unsent = Buffer.from(request);
      flush(socket);
      return waiting.promise;
    },
    close: () => socket.end(),
  };
}

export function formatRequest(path: string, body: object, headers: Readonly<Record<string, string>> = {}): string {
  const text = JSON.stringify(body);
  const lines = Object.entries({ "Content-Type": "application/json", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\nHost: termite\r\n${lines.join("")}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

/** `undefined` while something of it is still to come. */
function parseAnswer(bytes: Buffer): Answer | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = bytes.toString("latin1", 0, headEnd);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  const start = headEnd + HEAD_END.length;
  if (bytes.length < start + length) return undefined;
  return { status: Number(head.slice(9, 12)), head, body: bytes.subarray(start, start + length), endedAt: performance.now() };
}
