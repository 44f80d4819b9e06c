// The native libraries and the model inside the compiled file, extracted for a bench.
import { readdirSync } from "node:fs";
import { join } from "node:path";

export interface Libraries {
  onnxruntime: string;
  plugin: string;
  tokenizers: string;
  /** The folder of the model inside. */
  model: string;
}

/** Into `folder`, which is a home of its own. Again: found there. */
export async function extractLibraries(executable: string, folder: string): Promise<Libraries> {
  const home = join(folder, "home");
  const child = Bun.spawn([executable, "setup"], { env: { ...process.env, TERMITE_HOME: home }, stdout: "ignore", stderr: "inherit" });
  if ((await child.exited) !== 0) throw new Error(`Cannot extract the engines: "setup" ended with ${child.exitCode}`);
  const files = readdirSync(home, { recursive: true, encoding: "utf8" });
  const find = (part: string): string => {
    const file = files.find((path) => path.split(/[\\/]/).at(-1)?.includes(part) === true);
    if (file === undefined) throw new Error(`Cannot measure: the executable holds no ${part}`);
    return join(home, file);
  };
  return { onnxruntime: find("libonnxruntime"), plugin: find("pjrt_c_api_cpu_plugin"), tokenizers: find("tokenizers."), model: find("default-model") };
}
