import { describe, expect, test } from "bun:test";
import { listPlaces } from "../../../src/plugins/search/places.ts";
import type { PlacesOptions } from "../../../src/plugins/search/places.ts";
import type { Target } from "../../../src/target.ts";

const OPTIONS: PlacesOptions = {
  pluginsDir: "/home/ann/.termite/plugins",
  environment: {},
  userHome: "/home/ann",
  allowSystem: false,
  platform: { os: "linux", arch: "x64", libc: "glibc" },
  isBundled: true,
};
const ALL = {
  ...OPTIONS,
  allowSystem: true,
  environment: { PJRT_PLUGIN_LIBRARY_PATH: "/srv/a::/srv/b", ONNXRUNTIME_ROOT: "/srv/ort", LD_LIBRARY_PATH: "/srv/c:/srv/d" },
};

/** `name path` or `name (reason)`, as a person would read it. */
function show(target: Target, options: PlacesOptions): string[] {
  return listPlaces(target, options).map(({ name, path, refusal }) => {
    return refusal === undefined ? `${name} ${path ?? ""}`.trim() : `${name} (${refusal.reason})`;
  });
}

const XLA_SYSTEM = ["~/.local/lib/go-xla /home/ann/.local/lib/go-xla", "/usr/local/lib/go-xla /usr/local/lib/go-xla"];

describe("listPlaces()", () => {
  test.each(["cpu", "cuda", "tpu"] as const)("lists the places of xla:%s in order", (device) => {
    expect(show(`xla:${device}` as Target, ALL)).toEqual([
      `plugins_dir/xla/${device}/current /home/ann/.termite/plugins/xla/${device}/current`,
      `plugins_dir/xla/${device} /home/ann/.termite/plugins/xla/${device}`,
      "PJRT_PLUGIN_LIBRARY_PATH /srv/a",
      "PJRT_PLUGIN_LIBRARY_PATH /srv/b",
      ...(device === "cpu" ? ["bundled"] : []),
      ...XLA_SYSTEM,
    ]);
  });

  test.each(["cpu", "cuda"] as const)("lists the places of onnx:%s in order", (device) => {
    expect(show(`onnx:${device}` as Target, ALL)).toEqual([
      `plugins_dir/onnx/${device}/current /home/ann/.termite/plugins/onnx/${device}/current`,
      `plugins_dir/onnx/${device}/lib /home/ann/.termite/plugins/onnx/${device}/lib`,
      "plugins_dir/onnx/linux-amd64/lib /home/ann/.termite/plugins/onnx/linux-amd64/lib",
      "plugins_dir/onnx/linux-x64/lib /home/ann/.termite/plugins/onnx/linux-x64/lib",
      "ONNXRUNTIME_ROOT/linux-amd64/lib /srv/ort/linux-amd64/lib",
      "ONNXRUNTIME_ROOT/linux-x64/lib /srv/ort/linux-x64/lib",
      "ONNXRUNTIME_ROOT/lib /srv/ort/lib",
      ...(device === "cpu" ? ["bundled"] : []),
      "LD_LIBRARY_PATH /srv/c",
      "LD_LIBRARY_PATH /srv/d",
    ]);
  });

  test("says why a place is not looked at when nothing is set, bundled or allowed", () => {
    expect(show("onnx:cpu", { ...OPTIONS, isBundled: false }).slice(4)).toEqual([
      "ONNXRUNTIME_ROOT/linux-amd64/lib (not set)",
      "ONNXRUNTIME_ROOT/linux-x64/lib (not set)",
      "ONNXRUNTIME_ROOT/lib (not set)",
      "bundled (not inside this build)",
      "LD_LIBRARY_PATH (plugins.allow_system is false)",
    ]);
    expect(show("xla:tpu", OPTIONS).slice(2)).toEqual([
      "PJRT_PLUGIN_LIBRARY_PATH (not set)",
      "~/.local/lib/go-xla (plugins.allow_system is false)",
      "/usr/local/lib/go-xla (plugins.allow_system is false)",
    ]);
  });

  test("takes a variable that is empty for one that is not set", () => {
    expect(show("xla:cuda", { ...OPTIONS, environment: { PJRT_PLUGIN_LIBRARY_PATH: ":" } })[2]).toBe("PJRT_PLUGIN_LIBRARY_PATH (not set)");
  });

  test("does not follow relative paths, which mean another folder wherever the program is started", () => {
    const environment = { PJRT_PLUGIN_LIBRARY_PATH: "lib", ONNXRUNTIME_ROOT: "./ort", LD_LIBRARY_PATH: "." };
    const options = { ...OPTIONS, environment, allowSystem: true };
    expect(show("xla:cuda", options)[2]).toBe('PJRT_PLUGIN_LIBRARY_PATH (found the relative path "lib", need an absolute one)');
    expect(show("onnx:cuda", options).slice(4)).toEqual([
      'ONNXRUNTIME_ROOT/linux-amd64/lib (found the relative path "./ort", need an absolute one)',
      'ONNXRUNTIME_ROOT/linux-x64/lib (found the relative path "./ort", need an absolute one)',
      'ONNXRUNTIME_ROOT/lib (found the relative path "./ort", need an absolute one)',
      'LD_LIBRARY_PATH (found the relative path ".", need an absolute one)',
    ]);
  });

  test("speaks of other systems as they do", () => {
    const mac = { ...ALL, platform: { os: "darwin", arch: "arm64" }, environment: { DYLD_LIBRARY_PATH: "/srv/m" } };
    expect(show("onnx:cpu", mac)).toContain("plugins_dir/onnx/darwin-arm64/lib /home/ann/.termite/plugins/onnx/darwin-arm64/lib");
    expect(show("onnx:cpu", mac).at(-1)).toBe("DYLD_LIBRARY_PATH /srv/m");
    const windows = { ...ALL, platform: { os: "win32", arch: "x64" }, environment: { PJRT_PLUGIN_LIBRARY_PATH: "C:\\a;D:\\b" } };
    expect(show("xla:cpu", windows).slice(2, 4)).toEqual(["PJRT_PLUGIN_LIBRARY_PATH C:\\a", "PJRT_PLUGIN_LIBRARY_PATH D:\\b"]);
    expect(show("onnx:cpu", windows)[2]).toStartWith("plugins_dir/onnx/windows-amd64/lib ");
  });
});
