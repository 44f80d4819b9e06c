// `termite ps`: what a running server has loaded, where each model really runs, and until when.
import { askLoaded, CLIENT_FLAGS, openClient } from "./client/open-client.ts";
import { formatLoadedRows, LOADED_HEADER } from "./client/loaded-table.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags } from "./context.ts";
import { createInterrupt } from "./interrupt.ts";
import { writeData, writeTable } from "./output.ts";

export const psCommand = createCommand({
  name: "ps",
  summary: "what a running server has loaded: requested and actual target, memory, age",
  flags: { ...createConfigFlags(), json: { type: "boolean", description: "as JSON: what /api/ps answers" }, ...CLIENT_FLAGS },
  examples: [
    ["termite ps", "of the server on http://127.0.0.1:11433, or where termite.yaml says"],
    ["termite ps --api-url http://127.0.0.1:8080 --json", "of another one, for scripts"],
  ],
  run: runPs,
});

async function runPs(invocation: Invocation): Promise<number> {
  const client = await openClient(invocation);
  const interrupt = createInterrupt();
  try {
    const loaded = await askLoaded(client, interrupt.signal);
    if (invocation.flags["json"] === true) writeData(`${JSON.stringify(loaded, null, 2)}\n`);
    else writeTable(LOADED_HEADER, formatLoadedRows(loaded.models, Date.now()), invocation.flags);
    return 0;
  } finally {
    interrupt.close();
  }
}
