import { describe, expect, test } from "bun:test";
import type { Readiness } from "../../src/server/deps.ts";
import { createStartingApp } from "../../src/server/starting-app.ts";
import { createTestLog } from "../fixtures/test-runner.ts";

const INSTALLING: Readiness = { status: "installing", plugin: "onnx:cuda", percent: 41 };

function ask(path: string, readiness: Readiness = INSTALLING, options: { method?: string; isDraining?: boolean } = {}) {
  const { log, lines } = createTestLog();
  const app = createStartingApp({ readiness: () => readiness, log });
  const answer = app.request(path, { method: options.method ?? "GET" }, { isDraining: () => options.isDraining === true });
  return { answer: Promise.resolve(answer), lines };
}

describe("createStartingApp()", () => {
  test("is alive while a plugin is installed", async () => {
    const response = await ask("/healthz").answer;
    expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  });

  test("says which plugin and how far at /readyz, and logs that at debug", async () => {
    const { answer, lines } = ask("/readyz");
    const response = await answer;
    expect([response.status, await response.json()]).toEqual([503, { status: "installing", plugin: "onnx:cuda", percent: 41 }]);
    expect(lines.map(({ level }) => level)).toEqual(["debug"]);
  });

  test.each([
    ["POST", "/api/embed", { error: 'Cannot take work now: the plugin "onnx:cuda" is being installed' }],
    ["GET", "/api/tags", { error: 'Cannot take work now: the plugin "onnx:cuda" is being installed' }],
    ["POST", "/v1/embeddings", {
      error: {
        message: 'Cannot take work now: the plugin "onnx:cuda" is being installed',
        type: "server_error", param: null, code: "installing",
      },
    }],
    ["POST", "/v2/embed", { message: 'Cannot take work now: the plugin "onnx:cuda" is being installed' }],
    ["POST", "/embed", { error: 'Cannot take work now: the plugin "onnx:cuda" is being installed', error_type: "Unhealthy" }],
  ])("refuses %s %s in its own dialect, with a time to come back", async (method, path, body) => {
    const response = await ask(path, INSTALLING, { method }).answer;
    expect([response.status, response.headers.get("retry-after"), await response.json()]).toEqual([503, "10", body]);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("refuses with loading between the install and the first model", async () => {
    const response = await ask("/api/embed", { status: "loading" }, { method: "POST" }).answer;
    expect([response.status, await response.json()]).toEqual([
      503, { error: "Cannot take work now: the default model is loading" },
    ]);
  });

  test("is draining when the server was told to stop", async () => {
    const response = await ask("/readyz", INSTALLING, { isDraining: true }).answer;
    expect(await response.json()).toMatchObject({ status: "draining" });
  });
});
