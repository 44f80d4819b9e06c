// Compiles src/ and the packed assets into one executable, written beside its final name and renamed.
import { rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BuildInfo } from "../../src/runtime/build-info.ts";
import { writeAtomically } from "./content-cache.ts";
import type { Target } from "./target.ts";

export interface CompileOptions {
  root: string;
  outfile: string;
  target: Target;
  /** The program that everything is compiled into; the running Bun where there is none. */
  runtime: string | undefined;
  info: BuildInfo;
  /** Files to embed under their own names. */
  embed: readonly string[];
}

export async function compile({ root, outfile, target, runtime, info, embed }: CompileOptions): Promise<void> {
  checkNames(embed);
  await writeAtomically(outfile, async (temporary) => {
    // Bun writes the program's own name into it: always the same one, so that the same sources give the same file.
    const program = join(`${outfile}.d`, basename(outfile));
    const result = await Bun.build({
      entrypoints: [...(await findPrograms(root)), ...embed],
      root: join(root, "src"),
      target: "bun",
      format: "esm",
      minify: true,
      // Start-up: parsed once here instead of at every start. The same bytes on every platform of one version of Bun.
      bytecode: true,
      loader: { ".zst": "file", ".txt": "file" },
      naming: { asset: "[name].[ext]" },
      define: { "process.env.NODE_ENV": '"production"', TERMITE_BUILD: JSON.stringify(info) },
      // The folder it is started in must have no say: no .env, bunfig.toml, tsconfig.json, package.json.
      compile: {
        outfile: program,
        ...(runtime === undefined ? {} : { target: target.bunTarget, executablePath: runtime }),
        autoloadDotenv: false,
        autoloadBunfig: false,
        autoloadTsconfig: false,
        autoloadPackageJson: false,
      },
      throw: false,
    });
    if (!result.success) throw new Error(`Cannot compile:\n${result.logs.map(String).join("\n")}`);
    await rename(program, temporary);
  });
  await rm(`${outfile}.d`, { recursive: true, force: true });
}

/** main.ts and every worker: a Worker is found in the executable by its own path. */
async function findPrograms(root: string): Promise<string[]> {
  const workers = await Array.fromAsync(new Bun.Glob("src/**/{worker,*-worker}.ts").scan({ cwd: root }));
  return ["src/main.ts", ...workers.sort()].map((path) => join(root, path));
}

function checkNames(embed: readonly string[]): void {
  const names = embed.map((path) => basename(path));
  if (new Set(names).size !== names.length) throw new Error(`Cannot embed "${names.join(", ")}": found a name twice`);
}
