import { describe, expect, test } from "bun:test";
import { parseArgs } from "node:util";
import { configFlagOptions, describeFlags } from "../../src/config/flags.ts";

function parse(...args: string[]) {
  const { values } = parseArgs({ args, options: configFlagOptions(), strict: true, allowNegative: true });
  return { ...values };
}

describe("configFlagOptions()", () => {
  test("reads every form of flag when given to parseArgs", () => {
    const values = parse("--models-dir", "m", "--limits-inputs=3", "--offline", "--no-auto-install", "--config=f");
    expect(values).toEqual({
      "models-dir": "m",
      "limits-inputs": "3",
      offline: true,
      "auto-install": false,
      config: "f",
    });
  });

  test.each([["--prot"], ["--modelsDir"], ["--models_dir"], ["--no-models-dir"]])("refuses %p", (flag) => {
    expect(() => parse(flag, "x")).toThrow();
  });
});

describe("describeFlags()", () => {
  const rows = new Map(describeFlags().map((row) => [row.flag, row]));

  test("gives type, value and default of a flag", () => {
    expect(rows.get("limits-inputs")).toEqual({
      flag: "limits-inputs",
      type: "string",
      description: "Most texts in one request",
      valueHint: "N",
      default: "2048",
    });
    expect(rows.get("offline")).toEqual({
      flag: "offline",
      type: "boolean",
      description: "Never use the network but to serve",
    });
    expect(rows.get("backend-priority")?.default).toBe("onnx:cuda,xla:cuda,xla:tpu,onnx:cpu,xla:cpu");
    expect(rows.get("log-style")?.default).toBe("terminal on a terminal, json in Kubernetes, else logfmt");
  });

  test("describes every flag", () => {
    expect([...rows.keys()]).toEqual(Object.keys(configFlagOptions()));
  });
});
