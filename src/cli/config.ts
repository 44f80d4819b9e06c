// `termite config`: the effective configuration with the origin of each value, or its JSON schema.
import { configJsonSchema } from "../config/json-schema.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags, openContext } from "./context.ts";
import { writeData, writeTable } from "./output.ts";

export const configCommand = createCommand({
  name: "config",
  summary: "the effective configuration and where each value comes from",
  flags: {
    json: { type: "boolean", description: "as JSON: value and origin by dotted key" },
    schema: { type: "boolean", description: "the JSON schema of termite.yaml" },
    ...createConfigFlags(),
  },
  examples: [
    ["termite config", "each key, its value, and the flag, variable or file that set it"],
    ["termite config --schema > termite.schema.json", "a schema for editors"],
  ],
  run: runConfig,
});

async function runConfig(invocation: Invocation): Promise<number> {
  if (invocation.flags["schema"] === true) {
    writeData(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    return 0;
  }
  const { values } = (await openContext(invocation, { quiet: true })).loaded;
  if (invocation.flags["json"] === true) {
    writeData(`${JSON.stringify(values, null, 2)}\n`);
    return 0;
  }
  const rows = Object.entries(values).map(([key, { value, origin }]) => [key, formatScalar(value), origin]);
  writeTable(["KEY", "VALUE", "ORIGIN"], rows, invocation.flags);
  return 0;
}

function formatScalar(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
