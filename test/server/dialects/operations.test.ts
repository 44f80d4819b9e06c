import { describe, expect, test } from "bun:test";
import { createApp } from "../../../src/server/app.ts";
import type { Readiness } from "../../../src/server/deps.ts";
import { createFakeDeps } from "../fake-deps.ts";

const TARGET = { requested: "onnx:cuda", actual: "onnx:cpu", reason: "no driver" } as const;

describe("GET /healthz", () => {
  test("answers 200 whatever the readiness", async () => {
    const response = await createApp(createFakeDeps({ readiness: () => ({ status: "failed" }) })).request("/healthz");
    expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  });
});

describe("GET /readyz", () => {
  test.each<[Readiness, number]>([
    [{ status: "ready", target: TARGET }, 200],
    [{ status: "loading" }, 503],
    [{ status: "draining", target: TARGET }, 503],
    [{ status: "failed", target: TARGET, reason: "the default model cannot load" }, 503],
  ])("answers %p with its status", async (readiness, status) => {
    const response = await createApp(createFakeDeps({ readiness: () => readiness })).request("/readyz");
    expect([response.status, await response.json()]).toEqual([status, readiness]);
  });

  test("says how many programs of the default model are ready, as runners say it now", async () => {
    const programs = { ready: 0, planned: 28 };
    const refresh = async () => void (await Bun.sleep(1), (programs.ready = 12));
    const response = await createApp(createFakeDeps({ programs: () => programs, refresh })).request("/readyz");
    expect([response.status, await response.json()]).toEqual([200, { status: "ready", target: { ...TARGET, requested: "onnx:cpu", reason: null }, programs: { ready: 12, planned: 28 } }]);
  });

  test("says nothing of programs while it is not ready", async () => {
    const deps = createFakeDeps({ readiness: () => ({ status: "loading" }), programs: () => ({ ready: 1, planned: 2 }) });
    expect(await (await createApp(deps).request("/readyz")).json()).toEqual({ status: "loading" });
  });

  test("gives the reason without a path of this machine", async () => {
    const reason = 'Cannot load model "x": Load model from /srv/models/x/model.onnx failed';
    const response = await createApp(createFakeDeps({ readiness: () => ({ status: "failed", reason }) })).request("/readyz");
    expect(await response.json()).toEqual({
      status: "failed",
      reason: 'Cannot load model "x": Load model from model.onnx failed',
    });
  });

  test("says draining when the socket was told to stop, whatever the composition says", async () => {
    const response = await createApp(createFakeDeps()).request("/readyz", {}, { isDraining: () => true });
    expect([response.status, await response.json()]).toMatchObject([503, { status: "draining" }]);
    expect(response.headers.get("connection")).toBe("close");
  });
});
