// What a Worker does with one message: answers it, and goes on with the runs that lie ready behind a run.
import { formatWireError } from "../../wire-error.ts";
import type { WorkerReply, WorkerRequest } from "./protocol.ts";
import type { RunMailbox } from "./run-mailbox.ts";

export interface ChainOptions {
  /** `undefined` for a request without a reply; what it throws becomes a reply too. */
  answer: (request: WorkerRequest) => WorkerReply | undefined;
  mailbox: () => RunMailbox | undefined;
  post: (reply: WorkerReply) => void;
}

/** After so many runs in a row a Worker looks at its messages: a model may have been released. */
const RUNS_IN_A_ROW = 64;

/** A reply is posted after the next run was taken, which it names, and before that begins. */
export function answerChain(first: WorkerRequest, { answer, mailbox, post }: ChainOptions): void {
  let request: WorkerRequest | undefined = first;
  for (let runs = 1; request !== undefined; runs++) {
    const reply = tryAnswer(request, answer);
    const next: NextRun | undefined = runs < RUNS_IN_A_ROW ? takeNext(request, mailbox()) : undefined;
    if (reply) post(next === undefined ? reply : { ...reply, next: next.id });
    request = next?.request;
  }
}

interface NextRun {
  id: number;
  request: WorkerRequest;
}

function takeNext(done: WorkerRequest, mailbox: RunMailbox | undefined): NextRun | undefined {
  if (done.kind !== "run") return undefined;
  const mail = mailbox?.take();
  return mail && { id: mail.id, request: { ...mail.request, turn: 1 - done.turn } };
}

function tryAnswer(request: WorkerRequest, answer: ChainOptions["answer"]): WorkerReply | undefined {
  try {
    return answer(request);
  } catch (error) {
    return { kind: "failed", error: formatWireError(error) };
  }
}
