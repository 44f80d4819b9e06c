import { describe, expect, test } from "bun:test";
import { resolveSearch } from "../../../src/doctor/engines/search.ts";
import type { SearchNeeds } from "../../../src/doctor/engines/search.ts";
import type { Verdict } from "../../../src/doctor/finding.ts";
import type { FoundLibrary, SearchPlace } from "../../../src/plugins/search/search-result.ts";

const ABSENT: SearchPlace = { name: "plugins_dir/xla/cuda", path: "/p/xla/cuda", outcome: "absent" };
const REFUSED: SearchPlace = { name: "/usr/local/lib/go-xla", outcome: "passed over", reason: "plugins.allow_system is false" };
const PASSED: SearchPlace = { name: "plugins_dir/xla/cuda", path: "/p/xla/cuda", outcome: "passed over", reason: 'found "x.so", which is empty' };
const PASSED_VARIABLE: SearchPlace = { name: "PJRT_PLUGIN_LIBRARY_PATH", outcome: "passed over", reason: "found nothing" };
const PLAIN: SearchNeeds = { isWanted: false, isUseful: false };
const remedy = "termite plugin install xla:cuda";

describe("resolveSearch()", () => {
  const cases: [string, readonly SearchPlace[], FoundLibrary | undefined, Partial<SearchNeeds>, Verdict][] = [
    ["there is none and nobody asks", [ABSENT, REFUSED], undefined, {}, { status: "ok", found: "no library in 2 places" }],
    [
      "there is none and it is asked for",
      [ABSENT, REFUSED],
      undefined,
      { isWanted: true },
      { status: "fail", found: "no library in 2 places", needed: 'a library for "xla:cuda"', remedy },
    ],
    [
      "there is none and a GPU that would run it",
      [ABSENT],
      undefined,
      { isUseful: true },
      { status: "warn", found: "no library in 1 place", needed: 'a library for "xla:cuda"', remedy },
    ],
    [
      "what is there cannot be used",
      [PASSED, REFUSED],
      undefined,
      {},
      {
        status: "warn",
        found: 'no library: plugins_dir/xla/cuda (/p/xla/cuda): found "x.so", which is empty',
        needed: "a library that can be used",
        remedy,
      },
    ],
    ["it is bundled", [ABSENT], { origin: "bundled" }, {}, { status: "ok", found: "library inside this executable" }],
    [
      "it was installed",
      [],
      { origin: "installed", version: "0.12.0.1", libraryPath: "/p/xla/cuda/versions/0.12.0.1/x.so", path: "/p/xla/cuda" },
      {},
      { status: "ok", found: "library 0.12.0.1 installed: /p/xla/cuda/versions/0.12.0.1/x.so" },
    ],
    [
      "something before it was passed over",
      [PASSED, PASSED_VARIABLE],
      { origin: "variable", libraryPath: "/srv/x.so" },
      {},
      {
        status: "warn",
        found:
          'library named by the environment: /srv/x.so; passed over plugins_dir/xla/cuda (/p/xla/cuda): found "x.so", which is empty; ' +
          "PJRT_PLUGIN_LIBRARY_PATH: found nothing",
        needed: "nothing in an earlier place that cannot be used",
        remedy: "Mend or remove what was passed over",
      },
    ],
  ];
  test.each(cases)("says what the walk found when %s", (_, places, found, needs, verdict) => {
    const result = { target: "xla:cuda" as const, places, ...(found === undefined ? {} : { found }) };
    expect(resolveSearch(result, { ...PLAIN, ...needs })).toEqual(verdict);
  });
});
