import { expect, test } from "bun:test";
import type { Verdict } from "../../../src/doctor/finding.ts";
import { resolveDisk } from "../../../src/doctor/storage/disk.ts";

const NEEDS = { leastBytes: 300e6, what: "what is inside this executable", wishedBytes: 4.04e9, wish: "the libraries of a GPU" };
const remedy = "Free some space, or use a folder on another file system";

const cases: [number, Verdict][] = [
  [50e9, { status: "ok", found: "50.0 GB free of 100.0 GB at /srv" }],
  [4.04e9, { status: "ok", found: "4.0 GB free of 100.0 GB at /srv" }],
  [2e9, { status: "warn", found: "2.0 GB free of 100.0 GB at /srv", needed: "4.0 GB for the libraries of a GPU", remedy }],
  [300e6, { status: "warn", found: "300.0 MB free of 100.0 GB at /srv", needed: "4.0 GB for the libraries of a GPU", remedy }],
  [299e6, { status: "fail", found: "299.0 MB free of 100.0 GB at /srv", needed: "300.0 MB for what is inside this executable", remedy }],
];
test.each(cases)("resolveDisk() with %d bytes free says whether that is enough", (freeBytes, verdict) => {
  expect(resolveDisk({ path: "/srv", freeBytes, totalBytes: 100e9 }, NEEDS)).toEqual(verdict);
});

test("resolveDisk() wishes for nothing more when nothing will be installed", () => {
  const facts = { path: "/srv", freeBytes: 1, totalBytes: 100e9 };
  expect(resolveDisk(facts, { leastBytes: 0, what: "models" })).toEqual({ status: "ok", found: "1 B free of 100.0 GB at /srv" });
});
