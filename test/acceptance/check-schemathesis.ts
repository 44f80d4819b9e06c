// schemathesis reads the OpenAPI document of the compiled server and asks every route for what it says and for what it does
// not: no 500, no answer outside the document. Once without keys, once with one.
import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { runCommand, runGood } from "./command.ts";
import { createTemporaryFolder, PYTHON_SCRIPTS } from "./places.ts";
import { openPython } from "./python.ts";
import type { Report } from "./report.ts";
import { check } from "./report.ts";
import { startTermite } from "./termite.ts";

const PACKAGES = ["schemathesis==4.32.5", "openapi-spec-validator==0.9.0", "jsonschema==4.26.0"];
const SETTINGS = join(import.meta.dir, "schemathesis.toml");
const DEFAULT_EXAMPLES = 100;
const MAX_RUN_MS = 4 * 60 * 60_000;

export interface SchemathesisOptions {
  /** For every start of the server: `--models-dir`, default models. */
  flags: readonly string[];
  /** For each operation. */
  examples?: number;
}

/** `--schemathesis-examples=2000` of the command line; `undefined` where it says nothing. */
export function parseExamples(argv: readonly string[]): number | undefined {
  const found = argv.map((word) => /^--schemathesis-examples=(\d+)$/.exec(word)?.[1]).find((text) => text !== undefined);
  return found === undefined ? undefined : Number(found);
}

export async function checkSchemathesis(report: Report, { flags, examples = DEFAULT_EXAMPLES }: SchemathesisOptions): Promise<void> {
  await report.check("the OpenAPI document is valid, and its examples are", () => withServer(flags, checkDocument));
  await report.check(`schemathesis, ${examples} examples a route`, () =>
    withServer(flags, (url) => runSchemathesis(url, examples)),
  );
  await report.check(`schemathesis with a key, ${examples} examples a route`, () => {
    const key = randomUUID();
    const sha256 = createHash("sha256").update(key).digest("hex");
    const guarded = [...flags, "--api-keys", `sha256:${sha256}`];
    return withServer(guarded, (url) => runSchemathesis(url, examples, ["--header", `Authorization: Bearer ${key}`]));
  });
}

async function withServer(flags: readonly string[], body: (url: string) => Promise<string>): Promise<string> {
  const termite = await startTermite({ home: createTemporaryFolder("schemathesis"), flags });
  try {
    return await body(termite.url);
  } finally {
    await termite.stop();
  }
}

async function checkDocument(url: string): Promise<string> {
  const python = await openPython("schemathesis", PACKAGES);
  const { paths, examples } = JSON.parse(await runGood([python, join(PYTHON_SCRIPTS, "openapi_document.py"), `${url}/openapi.json`]));
  return `${paths} paths, ${examples} examples`;
}

async function runSchemathesis(url: string, examples: number, flags: readonly string[] = []): Promise<string> {
  const python = await openPython("schemathesis", PACKAGES);
  // It leaves its databases where it runs.
  const folder = createTemporaryFolder("schemathesis-run");
  const program = ["env", "-C", folder, join(python, "..", "schemathesis"), "--config-file", SETTINGS, "--no-color"];
  const command = [...program, "run", `${url}/openapi.json`, "--max-examples", String(examples), "--continue-on-failure", ...flags];
  const { code, stdout, stderr } = await runCommand(command, { timeoutMs: MAX_RUN_MS });
  check(code === 0, `exit code ${code}: ${formatFindings(stdout) || stderr.trim().slice(-400)}`);
  return `${/(\d+) generated/.exec(stdout)?.[1] ?? "?"} requests`;
}

/** Lines such as "____ POST /v1/embed ____" and "- ST202 Schema-valid request rejected". */
function formatFindings(output: string): string {
  const lines = output.split("\n").filter((line) => /^_{3,} [A-Z]+ \S+ _{3,}$|^- ST\d+ /.test(line));
  return lines.map((line) => line.replace(/^[_ ]+|[_ ]+$/g, "")).join("; ").slice(0, 2000);
}
