import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { serveWheels } from "../../fixtures/plugins/index-server.ts";
import { catchError } from "../../config/catch-error.ts";
import { HARDWARE, makeFacts, NO_HARDWARE } from "../checks/make-facts.ts";
import { createScene, makeTpuSet, makeXlaSet, MULTIPLIED, RIGHT } from "./install-scene.ts";
import type { Scene } from "./install-scene.ts";

const [first, second] = [await makeXlaSet("1.0"), await makeXlaSet("2.0")];
const tpu = await makeTpuSet(first);
const broken = await makeXlaSet("3.0", "libmissing.so.7");
const index = await serveWheels({ wheels: [...first.wheels, second.wheels[0], tpu.wheels[0], broken.wheels[0]] });
afterAll(() => index[Symbol.dispose]());

const readCurrent = ({ pluginsDir }: Scene): string | undefined => {
  const path = join(pluginsDir, "xla/cuda/current");
  return existsSync(path) ? readlinkSync(path) : undefined;
};
const kinds = ({ events }: Scene) => events.map(({ event }) => event).filter((event) => event !== "progress");

describe("installPlugins()", () => {
  test("fetches, checks, tries on the device, publishes, and tells each step", async () => {
    using scene = await createScene(index, first);
    const [result] = await scene.install();
    const path = join(scene.pluginsDir, "xla/cuda/versions/1.0");
    expect(result).toMatchObject({ plugin: "xla:cuda", version: "1.0", path, wasThere: false });
    expect(kinds(scene).filter((kind) => kind !== "verified")).toEqual(["plan", "probe", "published", "done"]);
    expect(kinds(scene).filter((kind) => kind === "verified").length).toBe(first.lock.wheels.flatMap(({ files }) => files).length);
    expect(scene.events.find(({ event }) => event === "probe")).toEqual({
      event: "probe", plugin: "xla:cuda", ok: true, found: "PJRT 0.116; NVIDIA H100: product of two matrices right, 112 ms",
    });
    expect(readCurrent(scene)).toBe("versions/1.0");
  });

  test("has nothing to do when all is in place, and asks nobody", async () => {
    using scene = await createScene(index, first);
    await scene.install();
    scene.events.length = 0;
    const never = (): never => {
      throw new Error("was asked");
    };
    const machine = { readFacts: never, probe: never, probeTree: never };
    const [result] = await scene.install({ machine, openSources: never, confirm: never });
    expect(result).toMatchObject({ version: "1.0", fetchedBytes: 0, wasThere: true });
    expect(scene.events).toEqual([{ event: "done", plugin: "xla:cuda", version: "1.0", fetchedBytes: 0, seconds: 0 }]);
  });

  test("fetches what two plugins share once, together and one after the other", async () => {
    using scene = await createScene(index, first, tpu);
    const before = index.requests.length;
    const results = await scene.install({ specs: [{ plugin: "xla:cuda" }, { plugin: "xla:tpu" }] });
    expect(results.map(({ plugin }) => plugin)).toEqual(["xla:cuda", "xla:tpu"]);
    const shared = index.requests.slice(before).filter(({ file }) => file.startsWith("nvidia_shared"));
    expect(shared.length).toBe(1);
    const inode = (plugin: string) => statSync(join(scene.pluginsDir, plugin, "current/nvidia/lib/libshared.so.1")).ino;
    expect(inode("xla/cuda")).toBe(inode("xla/tpu"));
    const plans = scene.events.flatMap((event) => (event.event === "plan" ? [event] : []));
    expect(plans.map(({ wheels }) => wheels.at(-1)?.fetchBytes === 0)).toEqual([false, true]);
  });

  test("refuses before the first byte and before it writes anything", async () => {
    using scene = await createScene(index, first);
    const before = index.requests.length;
    const readFacts = async () => makeFacts({ hardware: NO_HARDWARE, pluginsDir: scene.pluginsDir, folders: [] });
    expect(await catchError(scene.install({ machine: { readFacts } }))).toMatchObject({
      code: "plugin_refused", message: 'Cannot install "xla:cuda": found no NVIDIA GPU, need an NVIDIA GPU',
    });
    expect([existsSync(scene.pluginsDir), index.requests.length, kinds(scene)]).toEqual([false, before, ["plan"]]);
  });

  test("fetches nothing when it is not confirmed", async () => {
    using scene = await createScene(index, first);
    const confirm = () => Promise.reject(new Error("no"));
    expect(await catchError(scene.install({ confirm }))).toEqual(new Error("no"));
    expect(existsSync(scene.pluginsDir)).toBe(false);
  });

  test.each([
    ["does not load", { ok: false, stage: "load", reason: "libfoo.so: cannot open shared object file", ms: 1 } as const, "the library does not load: libfoo.so: cannot open shared object file"],
    ["speaks another PJRT", { ...RIGHT, report: { ...RIGHT.report, version: "0.99" } }, "found PJRT 0.99, need 0.116"],
  ])("ends as soon as the plugin library is there when that %s", async (_, outcome, found) => {
    using scene = await createScene(index, first);
    expect(await catchError(scene.install({ machine: { probe: async () => outcome } }))).toMatchObject({
      code: "plugin_refused", message: `Cannot install "xla:cuda": ${found}`,
    });
    expect(kinds(scene)).not.toContain("published");
    expect(readCurrent(scene)).toBeUndefined();
  });

  test("does not publish what cannot run on the device: the old version counts, and the next try fetches nothing", async () => {
    using scene = await createScene(index, first);
    await scene.install();
    await scene.offer(second);
    const probeTree = async () => ({ ok: false, stage: "product", reason: "out of memory", ms: 1 }) as const;
    expect(await catchError(scene.install({ machine: { probeTree } }))).toMatchObject({
      code: "plugin_refused",
      message: 'Cannot install "xla:cuda": it cannot multiply two matrices on this machine\'s device: out of memory',
      hint: "The files are kept: mend the cause and run the same command again; or publish it without the probe: --no-probe",
    });
    expect(readCurrent(scene)).toBe("versions/1.0");
    expect(readdirSync(join(scene.pluginsDir, ".staging"))).toEqual([]);
    const before = index.requests.length;
    await scene.install({ isProbed: false, machine: { probeTree } });
    expect([readCurrent(scene), index.requests.length]).toEqual(["versions/2.0", before]);
  });

  test("runs nothing on hardware that is not this machine's own, or not there", async () => {
    const never = () => Promise.reject(new Error("was run"));
    const faked = { ...HARDWARE, overrides: ["TERMITE_FAKE_NVML=/x.json"] };
    for (const [hardware, isForced, found] of [
      [faked, false, "PJRT 0.116; no device: the hardware is not this machine's own (TERMITE_FAKE_NVML=/x.json)"],
      [NO_HARDWARE, true, "PJRT 0.116; no device: no NVIDIA GPU"],
    ] as const) {
      using scene = await createScene(index, first);
      const readFacts = async () => makeFacts({ hardware, pluginsDir: scene.pluginsDir, folders: [] });
      await scene.install({ isForced, machine: { readFacts, probeTree: never } });
      expect(scene.events.find(({ event }) => event === "probe")).toMatchObject({ ok: true, found });
    }
  });

  test("does not publish a set that the linker could not load", async () => {
    using scene = await createScene(index, broken);
    expect(await catchError(scene.install())).toMatchObject({
      code: "plugin_refused",
      message: 'Cannot install "xla:cuda": "xla_cuda_plugin.so" needs "libmissing.so.7", which neither the plugin nor the system has',
    });
    expect(readCurrent(scene)).toBeUndefined();
  });

  test("stops with the signal's reason", async () => {
    using scene = await createScene(index, first);
    const controller = new AbortController();
    const probe = () => {
      controller.abort(new Error("stop"));
      return Promise.resolve(MULTIPLIED);
    };
    expect(await catchError(scene.install({ signal: controller.signal, machine: { probe } }))).toEqual(new Error("stop"));
    expect(readCurrent(scene)).toBeUndefined();
  });
});
