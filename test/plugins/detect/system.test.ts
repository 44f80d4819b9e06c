import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TermiteError } from "../../../src/errors.ts";
import { createSystem } from "../../../src/plugins/detect/system.ts";
import { writeTree } from "../../fixtures/systems/write.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "termite-system-"));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const ROOT = join(FOLDER, "root");
writeTree({
  "/etc/hostname": "tree\n",
  "/etc/outside": { link: "/etc/passwd" },
  "/etc/name": { link: "/etc/hostname" },
  "/etc/climb": { link: "../../../../../etc/hostname" },
  "/etc/loop": { link: "loop" },
  "/lib": { link: "/usr/lib" },
  "/usr/lib/x.so": "x",
  "/dev/nvidia10": "", "/dev/nvidia9": "", "/dev/nvidia0": { denied: true },
  "/proc/7/fd/3": { link: "/dev/accel0" },
  "/proc/7/fd/4": { link: "socket:[123]" },
}, ROOT);

const system = createSystem({ environment: { TERMITE_SYSTEM_ROOT: ROOT }, platform: { os: "linux", arch: "x64" } });

describe("createSystem()", () => {
  test.each([
    ["/etc/hostname", "/etc/hostname"],
    ["/etc/name", "/etc/hostname"],
    ["/etc/climb", "/etc/hostname"],
    ["/lib/x.so", "/usr/lib/x.so"],
    ["/../../etc/hostname", "/etc/hostname"],
    ["/", ""],
    ["/etc/outside", undefined],
    ["/etc/loop", undefined],
    ["/absent/file", undefined],
    ["/etc/hostname/below", undefined],
  ])("finds %p inside its root as %p", (path, expected) => {
    expect(system.findPath(path)).toBe(expected === undefined ? undefined : join(ROOT, expected));
  });

  test("reads files and folders, and nothing where there is none", () => {
    expect(system.readText("/etc/name")).toBe("tree\n");
    expect([system.readText("/etc"), system.readText("/absent"), system.readBytes("/etc/outside")]).toEqual([
      undefined, undefined, undefined,
    ]);
    expect(system.readFolder("/dev")).toEqual(["nvidia0", "nvidia9", "nvidia10"]);
    expect([system.readFolder("/absent"), system.readFolder("/etc/hostname")]).toEqual([[], []]);
  });

  test("tells where a link points when it leads nowhere", () => {
    expect(system.findLink("/proc/7/fd/3")).toBe("/dev/accel0");
    expect(system.findLink("/proc/7/fd/4")).toBe("socket:[123]");
    expect([system.findLink("/proc/7/fd/5"), system.findLink("/etc/hostname")]).toEqual([undefined, undefined]);
  });

  test("takes a plain file for a device node when the root is replaced", () => {
    const nodes = ["/dev/nvidia9", "/dev/nvidia0", "/dev/nvidia1", "/dev"];
    expect(nodes.map((path) => system.findNode(path))).toEqual(["open", "denied", "absent", "absent"]);
  });

  test("knows a character device when the root is the machine's own", () => {
    const own = createSystem({ environment: {}, platform: { os: "linux", arch: "x64" } });
    expect([own.root, own.isReplaced]).toEqual(["/", false]);
    expect(["/dev/null", "/etc/hostname", "/dev/absent"].map((path) => own.findNode(path))).toEqual([
      "open", "absent", "absent",
    ]);
    expect(own.readText("/proc/self/comm")).not.toBe("");
  });

  test("throws when the root is no folder", () => {
    const create = () => createSystem({ environment: { TERMITE_SYSTEM_ROOT: "/absent/root" }, platform: { os: "linux", arch: "x64" } });
    expect(create).toThrow(new TermiteError("invalid_config", 'Cannot use TERMITE_SYSTEM_ROOT: "/absent/root" is not a folder'));
  });

  test("finds nothing below a folder that may not be read, unless root reads it", () => {
    const folder = join(FOLDER, "closed");
    writeTree({ "/etc/secret/file": "x" }, folder);
    chmodSync(join(folder, "etc/secret"), 0);
    const closed = createSystem({ environment: {}, platform: { os: "linux", arch: "x64" }, root: folder });
    const isRoot = process.getuid?.() === 0;
    expect(closed.readFolder("/etc/secret")).toEqual(isRoot ? ["file"] : []);
    chmodSync(join(folder, "etc/secret"), 0o700);
  });
});
