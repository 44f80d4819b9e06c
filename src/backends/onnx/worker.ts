// Entry of a Worker thread: answers the backend's requests one by one. Holds nothing but its engine.
import { formatWireError } from "../../wire-error.ts";
import { Engine } from "./engine.ts";
import type { WorkerReply, WorkerRequest } from "./protocol.ts";
import { resultBuffers } from "./result-buffers.ts";

declare const self: Worker;

let engine: Engine | undefined;

function answer(request: WorkerRequest): WorkerReply | undefined {
  if (request.kind === "start") return (engine = new Engine(request)).started();
  if (engine === undefined) throw new TypeError("Cannot answer: the Worker was not started");
  switch (request.kind) {
    case "prove": return engine.prove();
    case "open": return engine.open(request.source);
    case "run": return engine.run(request);
    case "run-tensors": return engine.runTensors(request);
    case "release": return engine.release(request.session);
    case "stop": return engine.stop();
    case "forget":
      engine.forget(request.sessionId);
      return undefined;
  }
}

self.onmessage = ({ data }: MessageEvent<WorkerRequest>) => {
  try {
    const reply = answer(data);
    if (reply) self.postMessage(reply, { transfer: resultBuffers(reply) });
  } catch (error) {
    self.postMessage({ kind: "failed", error: formatWireError(error) } satisfies WorkerReply);
  }
};
