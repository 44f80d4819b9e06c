import { describe, expect, test } from "bun:test";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { checkExecutable, findMount, parseMountInfo } from "../../src/runtime/mount.ts";
import { catchError, withFolder } from "./packed-asset.ts";

const SAMPLE = [
  "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
  "30 22 0:26 / /tmp rw,nosuid,nodev,noexec - tmpfs tmpfs rw",
  "31 30 0:27 / /tmp/with\\040space rw,relatime - tmpfs tmpfs rw",
  "32 22 0:28 / /data rw - tmpfs tmpfs rw",
  "33 32 0:29 / /data rw,noexec - tmpfs tmpfs rw",
  "",
].join("\n");

test("parseMountInfo() gives mount points and options when the text is a sample of proc(5)", () => {
  expect(parseMountInfo(SAMPLE).map(({ mountPoint }) => mountPoint)).toEqual([
    "/",
    "/tmp",
    "/tmp/with space",
    "/data",
    "/data",
  ]);
  expect(parseMountInfo(SAMPLE)[1]?.options).toEqual(["rw", "nosuid", "nodev", "noexec"]);
});

describe("findMount() gives the mount that holds a path", () => {
  const cases: [string, string, boolean][] = [
    ["/home/a/.termite", "/", false],
    ["/tmp", "/tmp", true],
    ["/tmp/a/b", "/tmp", true],
    ["/tmpfoo", "/", false],
    ["/tmp/with space/a", "/tmp/with space", false],
    ["/data/a", "/data", true],
  ];
  for (const [path, mountPoint, isNoexec] of cases) {
    test(`findMount() finds "${mountPoint}" when the path is "${path}"`, () => {
      const mount = findMount(parseMountInfo(SAMPLE), path);
      expect(mount?.mountPoint).toBe(mountPoint);
      expect(mount?.options.includes("noexec")).toBe(isNoexec);
    });
  }
});

test("checkExecutable() names the mount when the folder, not there yet, lies on one without execution", () =>
  withFolder(async (link) => {
    const mountPoint = await realpath(link);
    const mounts = parseMountInfo(`${SAMPLE}40 22 0:9 / ${mountPoint} rw,noexec - tmpfs tmpfs rw\n`);
    const folder = join(link, "home", "runtime");
    expect(await catchError(() => checkExecutable(folder, "libonnxruntime", mounts))).toEqual({
      code: "noexec_mount",
      message: `Cannot load "libonnxruntime" from "${folder}": the file system at "${mountPoint}" is mounted noexec`,
      hint: "Set TERMITE_HOME (or --home) to a folder on a file system that allows execution",
    });
  }));

test("checkExecutable() accepts a folder that is not there yet when what is above it allows execution", async () => {
  await checkExecutable(`${import.meta.dir}/none/runtime`, "libonnxruntime");
});
