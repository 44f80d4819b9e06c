import { describe, expect, test } from "bun:test";
import { resolveFailures, resolveLocks } from "../../../src/doctor/plugins/auto-install.ts";
import { resolveInstalled } from "../../../src/doctor/plugins/installed.ts";
import type { InstalledFacts } from "../../../src/doctor/plugins/installed.ts";
import type { Verdict } from "../../../src/doctor/finding.ts";

const FACTS: InstalledFacts = {
  plugin: "onnx:cuda", version: "1.31.1", files: 12, sizeBytes: 1_400_000_000, problems: [], isMarkedDamaged: false,
  standing: "current", newest: "1.31.1",
};
const missing = (path: string) => ({ path, kind: "missing" }) as const;

describe("resolveInstalled()", () => {
  test.each<[string, Partial<InstalledFacts>, Verdict]>([
    ["it is whole and current", {}, { status: "ok", found: "onnx:cuda 1.31.1: 12 files, 1.4 GB, names and sizes right" }],
    ["it is outdated and accepted", { version: "1.30.0", standing: "outdated" }, {
      status: "ok",
      found: "onnx:cuda 1.30.0: 12 files, 1.4 GB, names and sizes right; 1.31.1 is there: termite plugin update onnx:cuda",
    }],
    ["it is not accepted any more", { version: "1.20.0", standing: "unaccepted" }, {
      status: "warn",
      found: "onnx:cuda 1.20.0 is not used: this build does not accept that version",
      needed: "version 1.31.1",
      remedy: "termite plugin update onnx:cuda",
    }],
    ["files are wrong", {
      problems: [{ path: "a.so", kind: "changed", found: "found 12 bytes, need 13" }, missing("b.so"), missing("c.so"), missing("d.so")],
    }, {
      status: "fail",
      found: 'onnx:cuda 1.31.1 is damaged: "a.so" found 12 bytes, need 13, "b.so" is missing, "c.so" is missing and 1 more',
      needed: "every file as its receipt says",
      remedy: "termite plugin install onnx:cuda",
    }],
    ["plugin verify found wrong bytes", { isMarkedDamaged: true }, {
      status: "fail",
      found: 'onnx:cuda 1.31.1 is damaged: "plugin verify" found wrong bytes',
      needed: "every byte as its receipt says",
      remedy: "termite plugin install onnx:cuda",
    }],
  ])("says how a plugin stands when %s", (_, facts, expected) => {
    expect(resolveInstalled({ ...FACTS, ...facts })).toEqual(expected);
  });
});

test("resolveFailures() says what could not be installed, why, and when it is tried again", () => {
  expect(resolveFailures([])).toBeUndefined();
  const failure = { plugin: "onnx:cuda", lock: "l", driver: "580", reason: "no space", at: "2026-11-22T11:30:00.000Z" } as const;
  expect(resolveFailures([failure])).toEqual({
    status: "warn",
    found: '"onnx:cuda" could not be installed at 2026-11-22T11:30:00.000Z: no space',
    needed: 'an install that succeeds; "termite serve" tries again from 2026-11-22T12:30:00.000Z on',
    remedy: "termite plugin install onnx:cuda",
  });
});

test("resolveLocks() warns of locks that are not this build's own", () => {
  expect(resolveLocks(undefined)).toBeUndefined();
  expect(resolveLocks("/srv/locks")).toEqual({
    status: "warn",
    found: "TERMITE_PLUGIN_LOCK=/srv/locks: installs trust the locks there",
    needed: "the locks inside the executable",
    remedy: "Unset TERMITE_PLUGIN_LOCK",
  });
});
