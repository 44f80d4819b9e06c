// Entry of a Worker thread: answers the backend's requests one by one. Holds nothing but its engine.
import { Engine } from "./engine.ts";
import type { WorkerReply, WorkerRequest } from "./protocol.ts";
import { answerChain } from "./request-chain.ts";
import { resultBuffers } from "./result-buffers.ts";
import { RunMailbox } from "./run-mailbox.ts";

declare const self: Worker;

let engine: Engine | undefined;
let mailbox: RunMailbox | undefined;

function answer(request: WorkerRequest): WorkerReply | undefined {
  if (request.kind === "start") {
    mailbox = new RunMailbox(request.mailbox);
    return (engine = new Engine(request)).started();
  }
  if (engine === undefined) throw new TypeError("Cannot answer: the Worker was not started");
  switch (request.kind) {
    case "prove": return engine.prove();
    case "open": return engine.open(request.source);
    case "open-one-core": return engine.openOneCore(request.mapped);
    case "run": return engine.run(request);
    case "run-tensors": return engine.runTensors(request);
    case "release": return engine.release(request);
    case "shrink": return engine.shrink();
    case "stop": return engine.stop();
    case "forget":
      engine.forget(request.sessionId);
      return undefined;
  }
}

self.onmessage = ({ data }: MessageEvent<WorkerRequest>) => {
  const post = (reply: WorkerReply): void => self.postMessage(reply, { transfer: resultBuffers(reply) });
  answerChain(data, { answer, mailbox: () => mailbox, post });
};
