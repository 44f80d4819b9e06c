// The round of a plugin's life with the compiled file and a small plugin from an index on loopback.
import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InstallEvent, InstallPlan } from "../../src/plugins/install/events.ts";
import type { PluginRow } from "../../src/plugins/list.ts";
import { ELF_X64, writeEntry } from "../plugins/search/library-tree.ts";
import { serveWheels } from "../fixtures/plugins/index-server.ts";
import { createPluginEnvironment, listOrphans, makePluginSet, readWholeVersion, resolvePlugins } from "./plugin-set.ts";
import { createFolder, runOnTerminal, runTermite } from "./termite.ts";

const folder = createFolder();
afterAll(() => folder.remove());

const first = await makePluginSet("1.0");
const second = await makePluginSet("2.0");
const index = await serveWheels({ wheels: [...first.wheels, second.wheels[1]] });
afterAll(() => index[Symbol.dispose]());

let count = 0;
async function createHome(sets = [first]) {
  const home = join(folder.path, `home-${count++}`);
  const locks = `${home}-locks`;
  mkdirSync(home, { mode: 0o700 });
  mkdirSync(locks);
  const env = await createPluginEnvironment(locks, sets, index);
  const run = (args: readonly string[], extra: Record<string, string> = {}) => {
    return runTermite(["plugin", ...args], { home, env: { ...env, ...extra } });
  };
  const install = (...args: string[]) => run(["install", "onnx:cuda", "--force", ...args]);
  const list = async () => {
    const { plugins } = JSON.parse((await run(["list", "--json"])).stdout) as { plugins: PluginRow[] };
    return plugins.find(({ name }) => name === "onnx:cuda");
  };
  return { home, env, run, install, list, locks, tree: join(resolvePlugins(home), "onnx/cuda/current") };
}

const NO_GPU = "no NVIDIA GPU";
const PROBED = `ONNX Runtime 1.30.0; no device: ${NO_GPU}`;

describe("termite plugin install", () => {
  test("refuses without the hardware, with what was found, what is needed and what to do, and writes nothing", async () => {
    const { home, run } = await createHome();
    const { exitCode, stdout, stderr } = await run(["install", "onnx:cuda"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toEndWith(
      'error: Cannot install "onnx:cuda": found no NVIDIA GPU, need an NVIDIA GPU\n' +
      "hint: Install it on a machine with an NVIDIA GPU, or here all the same with --force\n",
    );
    expect(readdirSync(home)).toEqual([]);
  });

  test("installs, says where, and has nothing to do the second time", async () => {
    const { home, install, list, tree } = await createHome();
    const { exitCode, stdout, stderr } = await install();
    const path = join(resolvePlugins(home), "onnx/cuda/versions/1.0");
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^onnx:cuda 1\.0: installed, 47\.\d MB fetched, 47\.\d MB, .*\n$/) });
    expect(stdout).toEndWith(`${path}\n`);
    expect(stderr).toContain("  licence   MIT\n  hardware  found no NVIDIA GPU, need an NVIDIA GPU (passed over by --force)\n");
    expect(stderr).toEndWith(`onnx:cuda: probe: ${PROBED}\n`);
    expect(await list()).toMatchObject({ status: "installed", version: "1.0", path });
    expect(readWholeVersion(home, [first])).toBe("1.0");
    expect(listOrphans(home)).toEqual([]);
    expect([statSync(resolvePlugins(home)).mode & 0o7777, statSync(join(tree, "nvidia/demo/data/0.bin")).mode & 0o7777]).toEqual([0o700, 0o444]);
    const requests = index.requests.length;
    expect(await install()).toEqual({ exitCode: 0, stdout: `onnx:cuda 1.0: already there, ${/47\.\d MB/.exec(stdout)?.[0]}, ${path}\n`, stderr: "" });
    expect(index.requests.length).toBe(requests);
  });

  test("--dry-run --json shows plan, checks and sizes as one object, fetches nothing and writes nothing", async () => {
    const { home, run } = await createHome();
    const requests = index.requests.length;
    const { exitCode, stdout } = await run(["install", "onnx:cuda", "--dry-run", "--json"]);
    const { plugins: [plan] } = JSON.parse(stdout) as { plugins: InstallPlan[] };
    expect(exitCode).toBe(0);
    expect(plan).toMatchObject({ name: "onnx:cuda", version: "1.0", licences: ["MIT"] });
    expect(plan?.wheels.map(({ file, sizeBytes }) => [file, sizeBytes])).toEqual(first.wheels.map(({ file, bytes }) => [file, bytes.length]));
    expect(plan?.downloadBytes).toBe(plan?.wheels.reduce((sum, { fetchBytes }) => sum + fetchBytes, 0));
    expect(plan?.diskBytes).toBeGreaterThan(45_000_000);
    expect(plan?.checks.find(({ name }) => name === "hardware")).toEqual({
      name: "hardware", ok: false, found: NO_GPU, needed: "an NVIDIA GPU",
      remedy: "Install it on a machine with an NVIDIA GPU, or here all the same with --force",
    });
    expect(plan?.checks.map(({ name }) => name)).toEqual(["platform", "hardware", "glibc", "space", "permission", "owner"]);
    expect([readdirSync(home), index.requests.length]).toEqual([[], requests]);
  });

  test("--json tells what happens, an object a line", async () => {
    const { home, install } = await createHome();
    const { exitCode, stdout, stderr } = await install("--json");
    const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as InstallEvent);
    const kinds = events.map(({ event }) => event).filter((kind) => kind !== "progress" && kind !== "verified");
    expect({ exitCode, stderr, kinds }).toEqual({ exitCode: 0, stderr: "", kinds: ["plan", "probe", "published", "done"] });
    const verified = events.flatMap((event) => (event.event === "verified" ? event.file : []));
    expect(verified.toSorted()).toEqual(first.lock.wheels.flatMap(({ files }) => files.map(({ path, to }) => to ?? path)).toSorted());
    expect(events.findLast(({ event }) => event === "progress")).toMatchObject({ plugin: "onnx:cuda" });
    expect(events.at(-1)).toMatchObject({ event: "done", plugin: "onnx:cuda", version: "1.0" });
    const path = join(resolvePlugins(home), "onnx/cuda/versions/1.0");
    expect(events.at(-2)).toEqual({ event: "published", plugin: "onnx:cuda", version: "1.0", path });
    expect(events.at(-3)).toEqual({ event: "probe", plugin: "onnx:cuda", ok: true, found: PROBED });
  });

  test("--json ends with the error when there is one", async () => {
    const { run } = await createHome();
    const { exitCode, stdout } = await run(["install", "onnx:cuda", "--json"]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toEqual({
      event: "error", plugin: "onnx:cuda", code: "plugin_refused",
      message: 'Cannot install "onnx:cuda": found no NVIDIA GPU, need an NVIDIA GPU',
      hint: "Install it on a machine with an NVIDIA GPU, or here all the same with --force",
    });
  });

  test.each([
    ["an unknown plugin", ["onnx:cudaa"], 2, "unknown_plugin"],
    ["a bundle that is not there", ["onnx:cuda", "--from", "/none.tar"], 1, "invalid_bundle"],
  ])("--json tells of %s too", async (_, args, exitCode, code) => {
    const { run } = await createHome();
    const found = await run(["install", ...args, "--json"]);
    expect([found.exitCode, JSON.parse(found.stdout)]).toMatchObject([exitCode, { event: "error", code }]);
  });

  test("--dry-run looks at what --from names", async () => {
    const { run } = await createHome();
    const found = await run(["install", "onnx:cuda", "--dry-run", "--from", "/none.tar"]);
    expect(found).toMatchObject({ exitCode: 1, stdout: "" });
    expect(found.stderr).toContain('error: Cannot use "/none.tar": it is not there\n');
  });

  test("--quiet says nothing when all is well", async () => {
    const { install } = await createHome();
    expect(await install("--quiet", "--no-probe")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("asks at a terminal before much is taken, and takes no for an answer", async () => {
    const { home, locks, env } = await createHome();
    writeFileSync(join(locks, "1.0-cuda13.json"), JSON.stringify({
      ...first.lock, wheels: first.lock.wheels.map((wheel) => ({ ...wheel, licence: "NVIDIA CUDA EULA" })),
    }));
    const text = await runOnTerminal(["plugin", "install", "onnx:cuda", "--force"], { home, env, input: "n\n" });
    expect(text).toContain('Install onnx:cuda: accept "NVIDIA CUDA EULA"? [y/N]');
    expect(text).toContain('error: Cannot install "onnx:cuda": it was not agreed to');
    const ended = await runOnTerminal(["plugin", "install", "onnx:cuda", "--force"], { home, env, input: "\u0004" });
    expect(ended).toContain('error: Cannot install "onnx:cuda": it was not agreed to');
    expect(readdirSync(home)).toEqual([]);
    const other = await runOnTerminal(["plugin", "install", "onnx:cuda", "--force"], { home, env, input: "y\n" });
    expect(other).toContain("onnx:cuda 1.0: installed");
    // One line for all files that is written over.
    expect(other).toMatch(/total +\d+ %, (?:0 B|\d+\.\d [kM]?B) of 47\.\d MB/);
  });

  test("refuses an unknown plugin and an unknown version by naming those that there are", async () => {
    const { run } = await createHome();
    expect(await run(["install", "onnx:cudaa"])).toEqual({
      exitCode: 2, stdout: "",
      stderr: 'error: Cannot use "onnx:cudaa" as a plugin: the known ones are "xla:cuda", "xla:tpu", "onnx:cuda"\nhint: Did you mean "onnx:cuda"?\n',
    });
    expect(await run(["install", "onnx:cuda@9"])).toMatchObject({
      exitCode: 2, stderr: 'error: Cannot install "onnx:cuda@9": this build knows "1.0"\nhint: termite plugin install onnx:cuda\n',
    });
  });
});

describe("an installed plugin", () => {
  test("verify reads every file: 0 without the device, 1 after one changed byte, and install mends it", async () => {
    const { run, install, tree } = await createHome();
    await install();
    const whole = await run(["verify"]);
    expect(whole).toMatchObject({ exitCode: 0, stderr: "" });
    expect(whole.stdout).toMatch(/^onnx:cuda 1\.0: \d+ files, 47\.\d MB, all right; version 1\.30\.0 loads; not run, no device: no NVIDIA GPU\n$/);
    const path = join(tree, "nvidia/demo/data/2.bin");
    const bytes = readFileSync(path);
    bytes[17] = (bytes[17] ?? 0) ^ 1;
    chmodSync(path, 0o644);
    writeFileSync(path, bytes);
    chmodSync(path, 0o444);
    const damaged = await run(["verify", "onnx:cuda"]);
    expect(damaged.exitCode).toBe(1);
    expect(damaged.stdout).toMatch(/1 not right\n {2}changed nvidia\/demo\/data\/2\.bin: found sha256 .*\n {2}mend it with: termite plugin install onnx:cuda\n$/);
    expect((await install()).exitCode).toBe(0);
    expect((await run(["verify", "--json"])).exitCode).toBe(0);
  });

  test("is listed as damaged from the time that verify found it so", async () => {
    const { run, install, list, tree } = await createHome();
    await install();
    rmSync(join(tree, "nvidia/demo/data/0.bin"));
    await run(["verify"]);
    const reason = "damaged when it was verified, mend it with: termite plugin install onnx:cuda; no NVIDIA GPU is found";
    expect(await list()).toMatchObject({ status: "installed", reason });
    await install();
    expect(await list()).toMatchObject({ status: "installed", reason: "no NVIDIA GPU is found" });
  });

  test("is neither run nor changed, and not taken for installed, where others could change it too", async () => {
    const { home, run, install } = await createHome();
    await install();
    const plugins = resolvePlugins(home);
    chmodSync(plugins, 0o777);
    const words = `found "${plugins}" writable by others`;
    expect((await run(["verify"])).stdout).toEndWith(`files are right, probe failed; not loaded: ${words}: chmod o-w "${plugins}"\n`);
    for (const command of [["install", "onnx:cuda", "--force"], ["remove", "onnx:cuda"], ["rollback", "onnx:cuda"], ["gc"]]) {
      const { exitCode, stderr } = await run(command);
      expect({ command, exitCode, stderr }).toEqual({ command, exitCode: 1, stderr: expect.stringContaining(words) });
    }
    chmodSync(plugins, 0o700);
    expect((await run(["verify"])).exitCode).toBe(0);
  });

  test("is outdated when the build knows a newer one; update brings it, rollback takes it back, gc keeps both", async () => {
    const { home, run, install, list, locks } = await createHome();
    await install();
    await createPluginEnvironment(locks, [{ ...second, lock: { ...second.lock, accepts: ["1.0"] } }]);
    expect(await list()).toMatchObject({ status: "outdated", version: "1.0", availableVersion: "2.0" });
    const update = await run(["update", "--all", "--force"]);
    expect(update.stdout).toMatch(/^onnx:cuda 2\.0: installed, 1\.2 MB fetched, /);
    expect(readWholeVersion(home, [first, second])).toBe("2.0");
    expect((await run(["gc"])).stdout).toMatch(/ 0 unused files removed\n$/);
    expect((await run(["rollback", "onnx:cuda"])).stdout).toStartWith("onnx:cuda: back from 2.0 to 1.0, ");
    expect(readWholeVersion(home, [first, second])).toBe("1.0");
  });

  test("goes to a machine without a network in parts, and comes out of them whole", async () => {
    const { home, run, install } = await createHome();
    await install();
    const file = join(home, "onnx.tar");
    const exported = await run(["export", "onnx:cuda", "-o", file, "--split", "20MB"]);
    expect(exported.stdout).toMatch(/^onnx:cuda 1\.0: 47\.\d MB in .*onnx\.tar\.000, .*\.001, .*\.002\n$/);
    const other = await createHome();
    const requests = index.requests.length;
    const { exitCode, stdout, stderr } = await other.install("--from", `${file}.000`, "--offline");
    expect({ exitCode, requests: index.requests.length, stderr }).toMatchObject({ exitCode: 0, requests });
    expect(stdout).toStartWith("onnx:cuda 1.0: installed, 0 B fetched, ");
    expect(readWholeVersion(other.home, [first])).toBe("1.0");
    expect((await other.run(["verify"])).exitCode).toBe(0);
  });

  test("comes from a folder of wheels", async () => {
    const { home, install } = await createHome();
    const wheels = join(home, "wheels");
    mkdirSync(wheels);
    for (const { file, bytes } of first.wheels) writeFileSync(join(wheels, file), bytes);
    expect(await install("--from", wheels, "--offline")).toMatchObject({
      exitCode: 0, stdout: expect.stringMatching(/^onnx:cuda 1\.0: installed, 0 B fetched, /) as unknown as string,
    });
    expect(readWholeVersion(home, [first])).toBe("1.0");
    const one = join(wheels, first.wheels[0].file);
    expect(await install("--from", one)).toMatchObject({
      exitCode: 1,
      stderr: `error: Cannot use "${one}": it is one wheel, need a folder of wheels or a bundle\n` +
        `hint: Put the wheels of the plugin into one folder and give that: --from "${wheels}"\n`,
    });
  });

  test("that was placed by hand is named as that by every command that needs an install", async () => {
    const { home, run, list } = await createHome();
    const place = join(resolvePlugins(home), "onnx/cuda/lib");
    for (const name of ["libonnxruntime.so.1", "libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"]) {
      writeEntry(join(place, name), ELF_X64);
    }
    expect(await list()).toMatchObject({ status: "installed", reason: expect.stringContaining("placed by hand") as unknown as string });
    const found = (verb: string, hint: string) => {
      return { exitCode: 1, stdout: "", stderr: `error: Cannot ${verb} "onnx:cuda": what is in "${place}" was placed by hand, not installed\nhint: ${hint}\n` };
    };
    expect(await run(["verify", "onnx:cuda"])).toEqual(found("verify", "Look how it is found with: termite doctor; no receipt says which bytes are right"));
    expect(await run(["remove", "onnx:cuda"])).toEqual(found("remove", `Take it away yourself, it lies in "${place}"`));
    expect(await run(["export", "onnx:cuda", "-o", join(home, "x.tar")])).toEqual(found("export", `Copy "${place}" yourself, to the same place on the other machine`));
    expect(await run(["verify"])).toEqual({
      exitCode: 0, stdout: "no plugin is installed\n", stderr: `onnx:cuda: not verified, what is in "${place}" was placed by hand\n`,
    });
    expect(existsSync(join(place, "libonnxruntime.so.1"))).toBe(true);
  });

  test("cannot be where no path can be", async () => {
    const { run } = await createHome();
    expect(await run(["install", "onnx:cuda", "--force", "--plugins-dir", "/abc".repeat(16_000)])).toEqual({
      exitCode: 1, stdout: "",
      stderr: "error: Cannot use the configuration: 1 problem\n--plugins-dir: plugins_dir: found a path of 64000 bytes, expected at most 3584\nhint: termite config --schema\n",
    });
  });

  test("needs the certificates that SSL_CERT_FILE names", async () => {
    const { run } = await createHome();
    const env = { SSL_CERT_FILE: "/none.pem", PIP_INDEX_URL: "https://127.0.0.1:9/simple/" };
    const { exitCode, stderr } = await run(["install", "onnx:cuda", "--force", "--quiet"], env);
    expect(exitCode).toBe(1);
    expect(stderr).toEndWith(
      'error: Cannot use the certificates of SSL_CERT_FILE: "/none.pem" cannot be read\n' +
      "hint: unset SSL_CERT_FILE, or let it name a PEM file that this user can read\n",
    );
  });

  test("remove leaves nothing of it, and there is nothing to remove then", async () => {
    const { home, run, install } = await createHome();
    await install();
    expect((await run(["remove", "onnx:cuda"])).stdout).toMatch(/^onnx:cuda 1\.0: removed, 47\.\d MB freed\n$/);
    expect(existsSync(join(resolvePlugins(home), "onnx"))).toBe(false);
    expect(readdirSync(join(resolvePlugins(home), ".objects/sha256"))).toEqual([]);
    expect(await run(["remove", "onnx:cuda"])).toEqual({
      exitCode: 1, stdout: "", stderr: 'error: Cannot remove "onnx:cuda": it is not installed\nhint: Look with: termite plugin list\n',
    });
  });

  test.each([
    [["update", "onnx:cuda"], 'error: Cannot update "onnx:cuda": it is not installed\nhint: termite plugin install onnx:cuda\n', 1],
    [["update"], 'error: Cannot run "termite plugin update": missing spec\nhint: termite plugin update --all\n', 2],
    [["rollback", "onnx:cuda"], 'error: Cannot roll back "onnx:cuda": it is not installed\nhint: Install it: termite plugin install onnx:cuda\n', 1],
    [["verify", "onnx:cuda"], 'error: Cannot verify "onnx:cuda": it is not installed\nhint: Install it: termite plugin install onnx:cuda\n', 1],
    [["export", "onnx:cuda", "-o", "x.tar"], 'error: Cannot export "onnx:cuda": it is not installed\nhint: Install it: termite plugin install onnx:cuda\n', 1],
    [["export", "onnx:cuda"], 'error: Cannot run "termite plugin export": missing -o FILE\nhint: termite plugin export onnx:cuda -o onnx-cuda.tar\n', 2],
    [["remove", "onnx:cuda@1"], 'error: Cannot run "termite plugin remove onnx:cuda@1": it takes no version\nhint: termite plugin remove onnx:cuda\n', 2],
  ])("%p says what is missing", async (args, stderr, exitCode) => {
    const { run } = await createHome();
    expect(await run(args)).toEqual({ exitCode, stdout: "", stderr });
  });
});
