// A package index as a source of wheels: its page says where a file lies, the lock what the file must be.
import { TermiteError } from "../../errors.ts";
import { checkAddress, formatAddress } from "../../net/address.ts";
import type { IndexClient } from "../index/index-client.ts";
import type { WheelSource } from "./wheel-source.ts";

export function createIndexSource(index: IndexClient): WheelSource {
  return {
    name: formatAddress(index.indexUrl),
    async open(wheel, { offline, signal }) {
      checkAddress(index.indexUrl, offline === true || index.http.offline === true);
      signal?.throwIfAborted();
      const found = await index.findFile(wheel.name, wheel.file);
      if (found === undefined) {
        throw new TermiteError(
          "package_not_found",
          `Cannot find "${wheel.file}": "${formatAddress(index.indexUrl)}" has no such file of "${wheel.name}"`,
        );
      }
      checkSame("sha256", found.sha256, wheel.sha256, wheel.file);
      checkSame("size", found.sizeBytes, wheel.sizeBytes, wheel.file);
      return { kind: "http", url: found.url, http: index.http };
    },
  };
}

/** What the index says need not be there, but it must not be another file. */
function checkSame(name: string, found: string | number | undefined, need: string | number, file: string): void {
  if (found === undefined || found === need) return;
  throw new TermiteError("hash_mismatch", `Cannot use "${file}": the index says ${name} ${found}, need ${need}`, {
    hint: "This index serves another file under that name; name another index in PIP_INDEX_URL",
  });
}
