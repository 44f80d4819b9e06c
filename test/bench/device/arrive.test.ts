// The script that takes in pieces on the machine, with calls lost, repeated and damaged on the way.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeCall } from "../../../bench/device/cargo.ts";
import { packParts, writePieces } from "../../../bench/device/pieces.ts";
import { CALLS_FOLDER, formatSums, formatWhole, planCalls } from "../../../bench/device/plan.ts";

const SCRIPT = join(import.meta.dir, "../../../bench/device/arrive.sh");
const WHOLE = "what is whole\n".repeat(500_000);

let here: string;
let there: string;

/** Two calls: half of "whole" each, and with the second one a bundle of one part. */
beforeEach(async () => {
  here = mkdtempSync(join(tmpdir(), "termite-arrive-"));
  there = mkdtempSync(join(tmpdir(), "termite-arrive-"));
  const pieces = join(here, "pieces");
  mkdirSync(pieces);
  writeFileSync(join(here, "whole"), Buffer.from(WHOLE + WHOLE));
  writeFileSync(join(here, "cuda.tar.000"), "part");
  const cargo = [await writePieces(join(here, "whole"), "whole", pieces), await packParts([join(here, "cuda.tar.000")], "cuda.tar", pieces)];
  const first = cargo[0]?.pieces[0]?.sizeBytes ?? 0;
  for (const call of planCalls([{ title: "", cargo, command: "" }], first)) {
    const target = call.carry[0];
    if (target !== undefined) await writeCall(here, { sums: formatSums(call), whole: formatWhole(call), pieces: call.pieces }, join(here, target));
  }
});

afterEach(() => {
  for (const folder of [here, there]) rmSync(folder, { recursive: true, force: true });
});

const carry = (call: string): void => cpSync(join(here, CALLS_FOLDER, call), join(there, CALLS_FOLDER, call), { recursive: true });

async function arrive(call: string): Promise<{ code: number; text: string }> {
  const out = join(there, "out");
  const child = Bun.spawn(["bash", SCRIPT, call], { cwd: there, env: { PATH: process.env["PATH"] ?? "", OUT: out }, stdout: "pipe", stderr: "pipe" });
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  expect(readFileSync(join(out, `arrive-${call}.log`), "utf8")).toBe(text);
  return { code, text };
}

describe("arrive.sh", () => {
  test("puts together what has come in several calls and keeps a bundle's parts", async () => {
    carry("001");
    expect(await arrive("001")).toEqual({ code: 0, text: "call 001 is here\n" });
    carry("002");
    expect(await arrive("002")).toEqual({ code: 0, text: "whole: whole\ncuda.tar: all 1 parts are here\ncall 002 is here\n" });
    expect(readFileSync(join(there, "dist/device-kept/whole"), "utf8") === WHOLE + WHOLE).toBe(true);
    expect(readdirSync(join(there, "dist/device-kept/pieces"))).toEqual(["cuda.tar.000"]);
    expect(existsSync(join(there, CALLS_FOLDER, "002"))).toBe(false);
  });

  test("names the missing calls when one was lost, and goes on from there", async () => {
    carry("002");
    const text = 'Cannot take in call 002: "whole" has 1 of 2 pieces; run the missing calls, then this one again: 001\n';
    expect(await arrive("002")).toEqual({ code: 1, text });
    carry("001");
    expect((await arrive("001")).code).toBe(0);
    carry("002");
    expect((await arrive("002")).code).toBe(0);
  });

  test("accepts a call that is run again after all is whole", async () => {
    for (const call of ["001", "002", "001", "002"]) {
      carry(call);
      expect((await arrive(call)).code).toBe(0);
    }
    expect(readdirSync(join(there, "dist/device-kept/pieces"))).toEqual(["cuda.tar.000"]);
  });

  test("refuses pieces that were changed on the way", async () => {
    carry("001");
    writeFileSync(join(there, CALLS_FOLDER, "001/whole.000.gz"), "x");
    const { code, text } = await arrive("001");
    expect(code).toBe(1);
    expect(text).toContain("Cannot take in call 001: its bytes were changed on the way; run it again\n");
  });

  test("says so when nothing was carried", async () => {
    expect(await arrive("001")).toEqual({ code: 1, text: 'Cannot take in call 001: "dist/device/calls/001" was not carried\n' });
  });
});
