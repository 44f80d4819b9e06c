// `termite load`: has a running server load a model before anybody asks for it.
import * as v from "valibot";
import { askLoaded, CLIENT_FLAGS, openClient } from "./client/open-client.ts";
import type { ServerClient } from "./client/open-client.ts";
import { formatLoadedRows, LOADED_HEADER } from "./client/loaded-table.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags } from "./context.ts";
import { createInterrupt } from "./interrupt.ts";
import { writeData, writeTable } from "./output.ts";

export const loadCommand = createCommand({
  name: "load",
  summary: "have a running server load a model before anybody asks for it",
  positionals: { name: "model", description: "its name or an alias of it", least: 1, most: 1 },
  flags: {
    ...createConfigFlags(),
    "keep-alive": {
      type: "string",
      description: "how long it stays after its last request, 0 or below for ever (default: the server's own keep_alive)",
      valueHint: "duration",
    },
    json: { type: "boolean", description: "as JSON: the model's entry of /api/ps" },
    ...CLIENT_FLAGS,
  },
  examples: [
    ["termite load bge-small-en-v1.5", "it answers at once when the command has ended"],
    ["termite load bge-small-en-v1.5 --keep-alive 0", "and stays until it is stopped or its room is needed"],
  ],
  run: runLoad,
});

const IdSchema = v.object({ id: v.string() });

async function runLoad(invocation: Invocation): Promise<number> {
  const client = await openClient(invocation);
  const interrupt = createInterrupt();
  try {
    const [name = ""] = invocation.positionals;
    const { signal } = interrupt;
    const { id } = await client.ask({ path: `/v1/models/${encodeURIComponent(name)}`, signal }, IdSchema);
    const keepAlive = readKeepAlive(invocation, client);
    await client.ask({ path: "/api/embeddings", body: { model: name, ...keepAlive }, signal }, v.object({}));
    const loaded = (await askLoaded(client, signal)).models.filter((model) => model.name === id);
    if (invocation.flags["json"] === true) writeData(`${JSON.stringify(loaded[0] ?? null, null, 2)}\n`);
    else writeTable(LOADED_HEADER, formatLoadedRows(loaded, Date.now()), invocation.flags);
    return 0;
  } finally {
    interrupt.close();
  }
}

/** Read as the key `keep_alive` is; in a request a negative number is for ever, and 0 something else. */
function readKeepAlive({ flags }: Invocation, { config: { keepAliveMs } }: ServerClient): { keep_alive?: number } {
  if (flags["keep-alive"] === undefined) return {};
  return { keep_alive: keepAliveMs === undefined ? -1 : keepAliveMs / 1000 };
}
