import { afterAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatObjectName } from "../../../src/plugins/store/object-store.ts";
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

  test("fetches what it would use again when its bytes changed, and says so", async () => {
    using scene = await createScene(index, first);
    await scene.install();
    const file = tpu.lock.wheels[1]?.files.find(({ path }) => path.endsWith(".so.1"));
    const object = join(scene.pluginsDir, ".objects/sha256", formatObjectName({ sha256: file?.sha256 ?? "", mode: file?.mode ?? 0 }));
    const bytes = readFileSync(object);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    chmodSync(object, 0o644);
    writeFileSync(object, bytes);
    chmodSync(object, file?.mode ?? 0);
    await scene.offer(tpu);
    const damages: string[] = [];
    await scene.install({ specs: [{ plugin: "xla:tpu" }], onDamage: ({ file: path, found }) => void damages.push(`${path}: ${found}`) });
    expect(damages).toEqual([expect.stringMatching(/^nvidia\/lib\/libshared\.so\.1: found sha256 [0-9a-f]{64}, need [0-9a-f]{64}$/)]);
    const placed = readFileSync(join(scene.pluginsDir, "xla/tpu/current/nvidia/lib/libshared.so.1"));
    expect(createHash("sha256").update(placed).digest("hex")).toBe(file?.sha256 ?? "");
  });

  test("counts what this run fetched, and nothing of an earlier one", async () => {
    using scene = await createScene(index, first);
    const probe = async () => ({ ok: false, stage: "load", reason: "no", ms: 1 }) as const;
    await catchError(scene.install({ machine: { probe } }));
    const before = index.sentBytes();
    const [result] = await scene.install();
    expect(result?.fetchedBytes).toBe(index.sentBytes() - before);
    expect(scene.events.at(-1)).toMatchObject({ event: "done", fetchedBytes: result?.fetchedBytes });
  });

  test("refuses a file system that runs nothing, forced or not, before the first byte", async () => {
    using scene = await createScene(index, first);
    const before = index.requests.length;
    const readFacts = async () => makeFacts({ pluginsDir: "/mnt/x/plugins", noexecMount: "/mnt/x", folders: [] });
    expect(await catchError(scene.install({ isForced: true, machine: { readFacts } }))).toMatchObject({
      code: "plugin_refused",
      message: 'Cannot install "xla:cuda": found "/mnt/x/plugins" on "/mnt/x", which is mounted noexec, need a file system that lets code run',
      hint: "Set TERMITE_PLUGINS_DIR (or --plugins-dir) to a folder on such a file system",
    });
    expect(index.requests.length).toBe(before);
  });

  test("names what keeps code from being run where no mount told it", async () => {
    using scene = await createScene(index, first);
    const reason = "xla_cuda_plugin.so: failed to map segment from shared object";
    expect(await catchError(scene.install({ machine: { probe: async () => ({ ok: false, stage: "load", reason, ms: 1 }) } }))).toMatchObject({
      message: `Cannot install "xla:cuda": the library does not load: ${reason}`,
      hint: "Nothing may be run from there (noexec, or a policy of the system): set TERMITE_PLUGINS_DIR (or --plugins-dir) to another folder",
    });
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
