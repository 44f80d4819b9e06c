import { describe, expect, test } from "bun:test";
import { listPlugins } from "../../src/plugins/list.ts";

const NOT_YET = "this build cannot install plugins";

describe("listPlugins()", () => {
  test("lists every plugin with a status, and a reason where it cannot be used", () => {
    expect(listPlugins({ platform: { os: "linux", arch: "x64", libc: "glibc" }, onnxVersion: "1.30.0" })).toEqual([
      { name: "onnx:cuda", status: "unsupported", reason: NOT_YET },
      { name: "xla:cuda", status: "unsupported", reason: NOT_YET },
      { name: "xla:tpu", status: "unsupported", reason: NOT_YET },
      { name: "onnx:cpu", status: "bundled", version: "1.30.0" },
      { name: "xla:cpu", status: "unsupported", reason: "not inside this build" },
    ]);
  });

  test.each([
    [{ os: "linux", arch: "arm64", libc: "glibc" }, "xla:tpu", "there is no such library for linux-arm64"],
    [{ os: "linux", arch: "arm64", libc: "glibc" }, "xla:cuda", NOT_YET],
    [{ os: "linux", arch: "x64" }, "onnx:cuda", NOT_YET],
    [{ os: "linux", arch: "x64", libc: "musl" }, "onnx:cuda", "there is no such library for linux-x64 with musl"],
    [{ os: "darwin", arch: "arm64" }, "xla:cuda", "there is no such library for darwin-arm64"],
    [{ os: "win32", arch: "x64" }, "xla:tpu", "there is no such library for win32-x64"],
  ] as const)("says what it knows of %p about %s", (platform, name, reason) => {
    const rows = listPlugins({ platform, onnxVersion: "1.30.0" });
    expect(rows.find((row) => row.name === name)).toEqual({ name, status: "unsupported", reason });
  });
});
