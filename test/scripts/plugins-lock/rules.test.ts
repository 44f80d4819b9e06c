import { describe, expect, test } from "bun:test";
import { chooseWheel, listAllowed } from "../../../scripts/plugins-lock/choose-wheel.ts";
import type { ChooseRules } from "../../../scripts/plugins-lock/choose-wheel.ts";
import { PACKAGES } from "../../../scripts/plugins-lock/packages.ts";
import { findField, parseRequirements } from "../../../scripts/plugins-lock/requirements.ts";
import { isPlainVersion, satisfies } from "../../../scripts/plugins-lock/version.ts";
import { isForUs, parseWheelName } from "../../../scripts/plugins-lock/wheel-name.ts";
import type { IndexFile } from "../../../src/plugins/index/index-file.ts";

describe("isPlainVersion()", () => {
  test.each(["1", "0.12.0.1", "13.10.0.20"])("takes %s", (version) => expect(isPlainVersion(version)).toBe(true));
  test.each(["1.0rc1", "1.0a2", "0.9.0.dev2", "1.0.post1", "1!2.0", "1.0+cu13", ""])("refuses %j", (version) => {
    expect(isPlainVersion(version)).toBe(false);
  });
});

describe("satisfies()", () => {
  const rows: [version: string, specifiers: string, isMet: boolean][] = [
    ["9.28.1.4", "<10.0,>=9.12.0.46", true],
    ["10.0", "<10.0,>=9.12.0.46", false],
    ["9.12.0.5", ">=9.12.0.46", false],
    ["13.1", "~=13.0", true],
    ["14.0", "~=13.0", false],
    ["12.9", "~=13.0", false],
    ["0.12.0.1", "==0.12.0.1", true],
    ["0.12.0.1", "==0.12.*", true],
    ["0.120.0", "==0.12.*", false],
    ["3.12", "!=3.11.*, >=3.8", true],
    ["2", ">2", false],
    ["2", "<=2.0", true],
    ["1.0", "", true],
  ];
  test.each(rows)("says of %s and %j: %p", (version, specifiers, isMet) => {
    expect(satisfies(version, specifiers)).toBe(isMet);
  });

  test("throws for what it does not understand", () => {
    expect(() => satisfies("1.0", "===1.0")).toThrow('Cannot read the version specifier "===1.0"');
  });
});

describe("parseWheelName() and isForUs()", () => {
  const rows: [file: string, x64: boolean, arm64: boolean][] = [
    ["nvidia_cublas-13.10.0.20-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.whl", true, false],
    ["nvidia_cublas-13.10.0.20-py3-none-manylinux2014_aarch64.manylinux_2_17_aarch64.whl", false, true],
    ["onnxruntime_gpu-1.31.1-cp312-cp312-manylinux_2_28_x86_64.whl", true, false],
    ["onnxruntime_gpu-1.31.1-cp313-cp313-manylinux_2_28_x86_64.whl", false, false],
    ["onnxruntime_gpu-1.31.1-cp313-cp313t-manylinux_2_28_x86_64.whl", false, false],
    ["onnxruntime_gpu-1.31.1-cp312-cp312-win_amd64.whl", false, false],
    ["demo-1.0-1-py2.py3-none-manylinux_2_17_x86_64.whl", true, false],
    ["demo-1.0-py3-none-musllinux_1_2_x86_64.whl", false, false],
  ];
  test.each(rows)("%s", (file, x64, arm64) => {
    const name = parseWheelName(file);
    expect(name && [isForUs(name, "x64"), isForUs(name, "arm64")]).toEqual([x64, arm64]);
  });

  test.each(["demo-1.0.tar.gz", "demo.whl", "demo-1.0-py3-none.whl"])("parseWheelName() is undefined for %s", (file) => {
    expect(parseWheelName(file)).toBeUndefined();
  });
});

const METADATA = `Metadata-Version: 2.1
Name: jax-cuda13-plugin
Version: 0.12.0.1
Requires-Dist: jax-cuda13-pjrt==0.12.0.1
Provides-Extra: with-cuda
Requires-Dist: NVIDIA_cudnn.cu13<10.0,>=9.12.0.46; sys_platform == "linux" and extra == "with-cuda"
Requires-Dist: nvidia-nvvm; extra == "with-cuda"
Requires-Dist: nvidia-windows (>=1.0) ; sys_platform == "win32" and extra == 'with-cuda'
Requires-Dist: tomli>=2; python_version < "3.11"
Requires-Dist: newer[all]>=2; python_version >= "3.9" or os_name == "nt"

Requires-Dist: told-in-its-description
`;

describe("parseRequirements()", () => {
  test("reads those of an extra", () => {
    expect(parseRequirements(METADATA, "with-cuda")).toEqual([
      { name: "nvidia-cudnn-cu13", specifiers: "<10.0,>=9.12.0.46" },
      { name: "nvidia-nvvm", specifiers: "" },
    ]);
  });

  test("reads those without one, for Linux and the pinned Python", () => {
    expect(parseRequirements(METADATA)).toEqual([
      { name: "jax-cuda13-pjrt", specifiers: "==0.12.0.1" },
      { name: "newer", specifiers: ">=2" },
    ]);
  });

  const bad: [line: string, found: string][] = [
    ["demo @ https://host/demo.whl", 'Cannot read the requirement "demo @ https://host/demo.whl"'],
    ['demo; (sys_platform == "linux")', 'Cannot read the marker "(sys_platform == "linux")"'],
    ['demo; implementation_name == "cpython"', 'Cannot read the marker "implementation_name == "cpython""'],
    ['demo; sys_platform >= "linux"', 'Cannot read the marker "sys_platform >= "linux""'],
  ];
  test.each(bad)("throws for %s", (line, found) => {
    expect(() => parseRequirements(`Requires-Dist: ${line}\n`)).toThrow(found);
  });

  test("findField() finds one line of the head", () => {
    expect(findField(METADATA, "Version")).toBe("0.12.0.1");
    expect(findField(METADATA, "Summary")).toBeUndefined();
  });
});

function file(fileName: string, more: Partial<IndexFile> = {}): IndexFile {
  const url = new URL(`http://127.0.0.1/${fileName}`);
  return { fileName, url, sha256: "0".repeat(64), sizeBytes: 1, yanked: false, requiresPython: undefined, uploaded: "2026-01-01T00:00:00Z", ...more };
}

const RULES: ChooseRules = { name: "demo", arch: "x64", asOf: new Date("2026-06-01"), specifiers: [] };

describe("chooseWheel()", () => {
  const any = (version: string): string => `demo-${version}-py3-none-manylinux_2_17_x86_64.whl`;

  test("takes the newest version, by its numbers", () => {
    expect(chooseWheel([file(any("1.9")), file(any("1.10")), file(any("1.2"))], RULES).version).toBe("1.10");
    expect(listAllowed([file(any("1.9")), file(any("1.10"))], RULES).map(({ version }) => version)).toEqual(["1.10", "1.9"]);
  });

  test("takes the same of several files of a version, however the index orders them", () => {
    const files = [file("demo-1.0-py3-none-manylinux_2_28_x86_64.whl"), file("demo-1.0-py3-none-manylinux_2_17_x86_64.whl")];
    expect(chooseWheel(files, RULES)).toEqual(chooseWheel(files.toReversed(), RULES));
  });

  const refused: [what: string, newer: IndexFile, rules: Partial<ChooseRules>, fault: string][] = [
    ["yanked", file(any("2.0"), { yanked: true }), {}, "yanked"],
    ["a pre-release", file(any("2.0rc1")), {}, "a pre-release"],
    ["young", file(any("2.0"), { uploaded: "2026-05-26T00:00:00Z" }), {}, "6 days old"],
    ["without a date", file(any("2.0"), { uploaded: "" }), {}, "the index does not say when it was published"],
    ["of another major", file(any("2.0")), { major: 1 }, "not major 1"],
    ["not what is needed", file(any("2.0")), { specifiers: [">=1", "<2"] }, 'not "<2"'],
    ["for another Python", file("demo-2.0-cp313-cp313-manylinux_2_17_x86_64.whl"), {}, "for another platform or Python"],
    ["for a newer Python", file(any("2.0"), { requiresPython: ">=3.13" }), {}, "not for Python 3.12"],
    ["for another processor", file("demo-2.0-py3-none-manylinux_2_17_aarch64.whl"), {}, "for another platform or Python"],
    ["no wheel", file("demo-2.0.tar.gz"), {}, "not a wheel of this package"],
    ["of another package", file("demo_more-2.0-py3-none-manylinux_2_17_x86_64.whl"), {}, "not a wheel of this package"],
  ];
  test.each(refused)("passes over what is %s", (_, newer, rules, fault) => {
    expect(chooseWheel([newer, file(any("1.5"))], { ...RULES, ...rules }).version).toBe("1.5");
    const message = `Cannot lock "demo" for x64: no file is allowed (${newer.fileName}: ${fault})`;
    expect(() => chooseWheel([newer], { ...RULES, ...rules })).toThrow(message);
  });

  test("takes a young one where dates do not count", () => {
    expect(chooseWheel([file(any("2.0"), { uploaded: "2026-05-31T00:00:00Z" })], { ...RULES, asOf: undefined }).version).toBe("2.0");
  });

  test("takes what is exactly old enough", () => {
    expect(chooseWheel([file(any("2.0"), { uploaded: "2026-05-25T00:00:00Z" })], RULES).version).toBe("2.0");
  });
});

describe("the table of packages", () => {
  const rows = Object.values(PACKAGES).flat();

  test("has each name once and in its normal form", () => {
    const names = rows.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
  });

  test("caps every NVIDIA package that no suffix ties to a CUDA major", () => {
    const open = rows.filter(({ name, major, keep }) => keep.length > 0 && !/-cu\d+$/.test(name) && major === undefined);
    expect(open).toEqual([]);
  });

  test("says why nothing is kept where nothing is", () => {
    expect(rows.filter(({ keep, skip }) => (keep.length === 0) !== (skip !== undefined))).toEqual([]);
  });
});
