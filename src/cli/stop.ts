// `termite stop`: has a model leave a running server's memory as soon as nobody uses it. The server goes on.
import * as v from "valibot";
import { askLoaded, CLIENT_FLAGS, openClient } from "./client/open-client.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags } from "./context.ts";
import { createInterrupt } from "./interrupt.ts";
import { writeData } from "./output.ts";

export const stopCommand = createCommand({
  name: "stop",
  summary: "have a model leave a running server's memory; the next request loads it again",
  positionals: { name: "model", description: "its name or an alias of it", least: 1, most: 1 },
  flags: {
    ...createConfigFlags(),
    json: { type: "boolean", description: "as JSON: {model, loaded}; loaded as long as somebody uses it" },
    ...CLIENT_FLAGS,
  },
  examples: [
    ["termite stop bge-small-en-v1.5", "as soon as nobody uses it"],
    ["termite stop bge-small-en-v1.5 --json", "the same, for scripts"],
  ],
  run: runStop,
});

const ModelSchema = v.object({ model: v.string() });

async function runStop(invocation: Invocation): Promise<number> {
  const client = await openClient(invocation);
  const interrupt = createInterrupt();
  try {
    const [name = ""] = invocation.positionals;
    const { signal } = interrupt;
    const { model } = await client.ask({ path: "/api/embed", body: { model: name, keep_alive: 0 }, signal }, ModelSchema);
    const loaded = (await askLoaded(client, signal)).models.some((entry) => entry.name === model);
    if (invocation.flags["json"] === true) writeData(`${JSON.stringify({ model, loaded })}\n`);
    else writeData(loaded ? `${model} leaves as soon as nobody uses it\n` : `${model} is not loaded any more\n`);
    return 0;
  } finally {
    interrupt.close();
  }
}
