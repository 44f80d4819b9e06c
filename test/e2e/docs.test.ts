// Runs every `curl` of the documentation against the compiled file, and holds that no route is without one.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeTaskModels } from "../fixtures/task-models.ts";
import { compareShapes, parseExamples } from "./doc-examples.ts";
import type { Example } from "./doc-examples.ts";
import { createFolder, startServer } from "./termite.ts";
import type { RunningServer } from "./termite.ts";

const ROOT = join(import.meta.dir, "../..");
const PAGES = ["README.md", ...readdirSync(join(ROOT, "docs/api")).map((name) => `docs/api/${name}`)];
/** The address in the documentation. */
const HOST = "http://127.0.0.1:11433";

const read = (name: string): string => readFileSync(join(ROOT, name), "utf8");
const EXAMPLES = PAGES.flatMap((page) => parseExamples(read(page), page));
const folder = createFolder();
let server: RunningServer;

/** With the very configuration that the documentation shows. */
beforeAll(async () => {
  const config = /^```yaml\n([\s\S]*?)^```$/m.exec(read("docs/api/README.md"))?.[1] ?? "";
  expect(config).toContain("default_model:");
  const file = join(folder.path, "termite.yaml");
  writeFileSync(file, config);
  writeTaskModels(join(folder.path, "models"));
  server = await startServer({ home: folder.path, args: ["--config", file, "--models-dir", join(folder.path, "models")] });
});

afterAll(async () => {
  server.kill("SIGKILL");
  await server.exited;
  folder.remove();
});

describe("each example", () => {
  test.each(EXAMPLES.map((example) => [example.place, example] as const))("%s answers as documented", async (_, example) => {
    expect(example.url).toStartWith(`${HOST}/`);
    const { method, headers, body = null } = example;
    const response = await fetch(example.url.replace(HOST, server.url), { method, headers, body });
    const text = await response.text();
    expect({ status: response.status, problems: listProblems(example, text) }).toEqual({ status: example.status, problems: [] });
  });
});

function listProblems({ answer }: Example, text: string): string[] {
  if (answer?.kind === "text") return text === answer.value ? [] : [`found ${JSON.stringify(text)}`];
  return answer === undefined ? [] : compareShapes(answer.value, JSON.parse(text));
}

test("every route has an example", async () => {
  const { paths }: { paths: Record<string, object> } = JSON.parse(await (await fetch(`${server.url}/openapi.json`)).text());
  const asked = EXAMPLES.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
  const missing = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`).filter((route) => !asked.some((one) => isRoute(one, route))),
  );
  expect(missing).toEqual([]);
});

/** "{id}" and "{model}" stand for one name. */
function isRoute(asked: string, route: string): boolean {
  const pattern = route.replaceAll(/[.+]/g, "\\$&").replaceAll(/\{\w+\}/g, "[^/]+");
  return new RegExp(`^${pattern}$`).test(asked);
}
