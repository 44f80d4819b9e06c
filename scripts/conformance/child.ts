// Runs cases one after the other: `bun child.ts LIBRARY`; a folder a line on stdin, a `CaseResult` a line on stdout. A crash of native
// code ends it, and the parent starts another one.
import { basename } from "node:path";
import { openPjrt } from "../../src/ffi/pjrt/api.ts";
import { createClient } from "../../src/ffi/pjrt/client.ts";
import { runCase } from "./run-case.ts";

const [library = ""] = process.argv.slice(2);
const client = createClient(openPjrt(library));

for await (const folder of console) {
  const result = { name: basename(folder), ...await runCase(client, folder) };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
