import { expect, test } from "bun:test";
import { join } from "node:path";

// Plain JavaScript without types: it runs before anything is installed.
const path = join(import.meta.dir, "..", "..", "scripts", "bootstrap", "parse-junit.mjs");
const { parseJunit } = (await import(path)) as {
  parseJunit: (xml: string) => { passed: number; failed: string[]; skipped: string[] };
};

test("parseJunit() counts and names when tests passed, failed, were skipped and are nested", () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="4" failures="1" skipped="2">
  <testsuite name="test/a.test.ts">
    <testcase name="a() gives &quot;x&gt;y&quot;" classname="" time="0" file="test/a.test.ts" line="2" />
    <testcase name="a > b" classname="" file="test/a.test.ts" line="3"/>
    <testcase name="two &amp; &lt;x&gt;" classname="group" time="0" file="test/a.test.ts" line="2">
      <skipped />
    </testcase>
    <testcase name="three" classname="" file="test/a.test.ts" line="2"><skipped message="TODO" /></testcase>
    <testsuite name="grp">
      <testcase name="four" classname="grp" file="test/a.test.ts" line="3">
        <failure type="AssertionError" message="expect(received)&#10;&#10;found &lt;1>">at test/a.test.ts:3:56</failure>
      </testcase>
    </testsuite>
  </testsuite>
</testsuites>`;
  expect(parseJunit(xml)).toEqual({
    passed: 2,
    failed: ["test/a.test.ts: grp four: expect(received)\n\nfound <1>"],
    skipped: ["test/a.test.ts: group two & <x>", "test/a.test.ts: three"],
  });
});

test("parseJunit() counts nothing when there is no report", () => {
  expect(parseJunit("")).toEqual({ passed: 0, failed: [], skipped: [] });
});
