// A package index as a source of wheels: its page says where a file lies, the lock what the file must be.
import { TermiteError } from "../../errors.ts";
import { checkAddress, formatAddress } from "../../net/address.ts";
import type { IndexClient } from "../index/index-client.ts";
import type { WheelSource } from "./wheel-source.ts";

export function createIndexSource(index: IndexClient): WheelSource {
  return {
    name: formatAddress(index.indexUrl),
    async open(wheel, { offline, signal, hasAlternative }) {
      checkAddress(index.indexUrl, offline === true || index.http.offline === true);
      signal?.throwIfAborted();
      const found = await index.findFile(wheel.name, wheel.file, { hasAlternative });
      if (found === undefined) {
        throw new TermiteError(
          "package_not_found",
          `Cannot find "${wheel.file}": "${formatAddress(index.indexUrl)}" has no such file of "${wheel.name}"`,
          { hint: `Let it have that file, or name another index in ${index.setting}` },
        );
      }
      const place = { file: wheel.file, setting: index.setting };
      checkSame("sha256", found.sha256, wheel.sha256, place);
      checkSame("size", found.sizeBytes, wheel.sizeBytes, place);
      return { kind: "http", url: found.url, http: index.http };
    },
  };
}

interface SamePlace {
  file: string;
  /** Of the index. */
  setting: string;
}

/** What the index says need not be there, but it must not be another file. */
function checkSame(name: string, found: string | number | undefined, need: string | number, { file, setting }: SamePlace): void {
  if (found === undefined || found === need) return;
  throw new TermiteError("hash_mismatch", `Cannot use "${file}": the index says ${name} ${found}, need ${need}`, {
    hint: `This index serves another file under that name; name another index in ${setting}`,
  });
}
