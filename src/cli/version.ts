// `termite version` and `--version`: read from what the build wrote into the executable, nothing is extracted.
import { readBuildInfo } from "../runtime/build-info.ts";
import { readLicences } from "../runtime/embedded.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { writeData } from "./output.ts";

export const versionCommand = createCommand({
  name: "version",
  summary: "version, build, engines inside",
  flags: {
    json: { type: "boolean", description: "as JSON" },
    licences: { type: "boolean", description: "the licence texts of everything inside" },
  },
  examples: [
    ["termite version", "one line for a person, one a line for each engine"],
    ["termite version --json", "the same for scripts"],
    ["termite version --licences | less", "what is inside, by whom, and under which licence"],
  ],
  run: runVersion,
});

async function runVersion({ flags }: Invocation): Promise<number> {
  if (flags["licences"] === true) {
    writeData(await readLicences());
    return 0;
  }
  const { version, build, engines } = readBuildInfo();
  const platform = `${process.platform}-${process.arch}`;
  if (flags["json"] === true) {
    writeData(`${JSON.stringify({ version, build, platform, engines }, null, 2)}\n`);
    return 0;
  }
  const lines = Object.entries(engines).map(([name, engineVersion]) => `  ${name} ${engineVersion}\n`);
  writeData(`${formatVersionLine()}\n${lines.join("")}`);
  return 0;
}

/** `termite 0.1.0 (build, platform)`. */
export function formatVersionLine(): string {
  const { version, build } = readBuildInfo();
  return `termite ${version} (${build}, ${process.platform}-${process.arch})`;
}
