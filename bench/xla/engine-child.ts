// Our own backends as a child of the bench: `bun engine-child.ts onnx:cpu|xla:cpu LIBRARY MODEL mean|cls CACHE CORES`.
import { setTimeout } from "node:timers/promises";
import type { Backend, Session } from "../../src/backends/backend.ts";
import { openOnnxBackend } from "../../src/backends/onnx/open-backend.ts";
import { openXlaBackend } from "../../src/backends/xla/open-backend.ts";
import type { HeadResult, PoolHead } from "../../src/heads/head.ts";
import { createBatch, LONGEST } from "./cells.ts";
import type { Reply, Request } from "./protocol.ts";

const [target = "", libraryPath = "", graphFile = "", mode = "", cacheFolder = "", coreCount = ""] = process.argv.slice(2);
const head: PoolHead = { kind: "pool", modes: [mode === "cls" ? "cls" : "mean"], steps: [{ kind: "normalize" }] };

function openBackend(): Promise<Backend> {
  const onFailure = (error: Error): void => { throw error; };
  const options = { libraryPath, cores: Number(coreCount), onFailure };
  return target === "onnx:cpu" ? openOnnxBackend(options) : openXlaBackend({ ...options, target: "xla:cpu", cacheFolder });
}

/** As the scheduler does: never more in flight than are asked for. */
async function runAll(session: Session, batches: Request["batches"], inFlight: number): Promise<HeadResult[]> {
  const results: HeadResult[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < batches.length; at = next++) results[at] = await session.run(createBatch(batches[at] ?? []), head);
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return results;
}

/** Until every program is there: otherwise it would be compiled beside what is measured. */
async function prepare(session: Session, batches: Request["batches"]): Promise<Reply> {
  const [first] = await runAll(session, batches, 1);
  for (;;) {
    const { ready, planned } = session.stats?.() ?? { ready: 0, planned: 0 };
    if (ready >= planned) break;
    await setTimeout(200);
  }
  // A second time in what is ready now: the first use of a program is slower.
  await runAll(session, batches, 1);
  if (first?.kind !== "dense") throw new TypeError(`Cannot measure ${target}: found a result of kind "${first?.kind}"`);
  const { data, width } = first;
  return { kind: "prepared", vectors: Array.from({ length: data.length / width }, (_, row) => [...data.subarray(row * width, (row + 1) * width)]) };
}

async function measure(session: Session, { batches, repeat, inFlight }: Extract<Request, { kind: "measure" }>): Promise<Reply> {
  const all = Array.from({ length: repeat }, () => batches).flat();
  const begunMs = performance.now();
  await runAll(session, all, inFlight);
  return { kind: "measured", seconds: (performance.now() - begunMs) / 1000 };
}

const say = (reply: Reply): boolean => process.stdout.write(`${JSON.stringify(reply)}\n`);

const backend = await openBackend();
const session = await backend.open({ graphFile, heads: ["pool"], programs: [head], maxTokens: LONGEST });
say({ kind: "ready", engine: `${backend.info.library} ${backend.info.version}` });
for await (const line of console) {
  // The end of the input is an empty line.
  if (line === "") break;
  const request: Request = JSON.parse(line);
  say(request.kind === "prepare" ? await prepare(session, request.batches) : await measure(session, request));
}
await session.close();
await backend.close();
