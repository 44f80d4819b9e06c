import { describe, expect, test } from "bun:test";
import { parseSize } from "../../../src/cli/plugin/parse-size.ts";
import { catchThrown } from "../catch-thrown.ts";

describe("parseSize()", () => {
  test.each([
    ["1000000", 1_000_000], ["700MB", 700_000_000], ["2gb", 2_000_000_000], ["2G", 2_000_000_000], ["1.5 GB", 1_500_000_000],
    ["4GiB", 4_294_967_296], ["512b", 512],
  ])("reads %s", (text, bytes) => expect(parseSize(text, "split")).toBe(bytes));

  test.each(["", "0", "-1", "two", "1TB", "1e9", "GB"])("refuses %j", (text) => {
    expect(catchThrown(() => parseSize(text, "split"))).toMatchObject({
      code: "usage", message: `Cannot use --split "${text}": need a size`, hint: "--split 2GB",
    });
  });
});
