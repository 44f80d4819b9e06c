// A process of its own: `bun bench/install/server.ts WHEELS` says where its two servers listen and is told over stdin, one
// JSON line a command, how its line is; each line is answered with the bytes that it has sent since the last.
import { createInterface } from "node:readline";
import { serveFast } from "./fast-server.ts";
import { serveShaped } from "./shaped-server.ts";
import type { Line } from "./shaped-server.ts";
import { readWheelIndex } from "./wheel-index.ts";

const [folder = ""] = process.argv.slice(2);
const index = readWheelIndex(folder);
let fastBytes = 0;
const fast = serveFast(index, (count) => (fastBytes += count));
const shaped = await serveShaped(index);
const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

say({ fast: fast.port, shaped: shaped.port });
for await (const text of createInterface({ input: process.stdin })) {
  const line: Line | "ask" = JSON.parse(text);
  say({ sentBytes: fastBytes + shaped.sentBytes });
  if (line === "ask") continue;
  fastBytes = 0;
  shaped.setLine(line);
}
process.exit(0);
