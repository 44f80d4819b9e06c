// A Worker of the XLA backend: compiles or runs, as its first request says, and answers one request at a time.
import { openOwnProcess } from "../../ffi/libc.ts";
import { formatWireError } from "../../wire-error.ts";
import { Compiler } from "./compiler.ts";
import type { PrepareModel } from "./compiler.ts";
import { ProgramRunner } from "./program-runner.ts";
import type { XlaReply, XlaRequest } from "./protocol.ts";

declare const self: Worker;

/** `prepare`: how a model becomes programs. */
export function answerRequests(prepare: PrepareModel): void {
  let compiler: Compiler | undefined;
  let runner: ProgramRunner | undefined;

  const answer = async (request: XlaRequest): Promise<XlaReply | undefined> => {
    if (request.kind === "start") return (compiler = new Compiler(request, prepare)).started();
    if (request.kind === "join") {
      runner = new ProgramRunner(request);
      return { kind: "joined" };
    }
    if (compiler !== undefined) return await compileRequest(compiler, request);
    if (runner !== undefined) return runRequest(runner, request);
    throw new TypeError("Cannot answer: the Worker was not started");
  };

  self.onmessage = async ({ data }: MessageEvent<XlaRequest>) => {
    try {
      const reply = await answer(data);
      if (reply) self.postMessage(reply, { transfer: listBuffers(reply) });
    } catch (error) {
      self.postMessage({ kind: "failed", error: formatWireError(error) } satisfies XlaReply);
    }
  };
}

async function compileRequest(compiler: Compiler, request: XlaRequest): Promise<XlaReply> {
  switch (request.kind) {
    case "open": return await compiler.open(request);
    case "compile": return compiler.compile(request);
    case "run-tensors": return compiler.runTensors(request);
    case "memory": return compiler.memory();
    case "warm-order": return compiler.keepOrder(request.session, request.order);
    case "release": return collect(compiler.release(request.session));
    case "stop": return compiler.stop();
    default: throw new TypeError(`Cannot answer: "${request.kind}" is not for the Worker that compiles`);
  }
}

function runRequest(runner: ProgramRunner, request: XlaRequest): XlaReply | undefined {
  switch (request.kind) {
    case "run": return runner.run(request);
    case "load": return runner.load(request);
    case "stop": return runner.stop();
    case "forget":
      runner.forget(request.session);
      return collect(undefined);
    default: throw new TypeError(`Cannot answer: "${request.kind}" is not for a Worker that runs`);
  }
}

/**
 * Weights and programs as they were read are JavaScript's own buffers, of which the collector knows the small handles only:
 * a thread that has nothing more to do never collects them. Native memory does not go back to the system by itself either.
 */
function collect<T>(done: T): T {
  Bun.gc(true);
  openOwnProcess().trimMemory();
  return done;
}

/** What moves to the other thread instead of being copied: all JavaScript's own, none native. */
function listBuffers(reply: XlaReply): ArrayBuffer[] {
  if (reply.kind === "stored") return [reply.serialized.buffer];
  if (reply.kind !== "result") return [];
  const { result } = reply;
  const views = result.kind === "sparse" ? [result.indices, result.values] : [result.data];
  return views.map((view) => view.buffer).filter((buffer) => buffer instanceof ArrayBuffer);
}
