// A plain folder of wheels as a source: on this machine, or behind an http address that ends in "/".
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hasErrorCode, TermiteError } from "../../errors.ts";
import { checkAddress, formatAddress } from "../../net/address.ts";
import type { HttpOptions } from "../../net/http-options.ts";
import type { WheelSource } from "./wheel-source.ts";

/** `folder`: a path, a `file:` address or an https one. `http` counts for the last only. */
export function createFolderSource(folder: string | URL, http: HttpOptions = {}): WheelSource {
  if (typeof folder === "string") return createDiskSource(folder);
  return folder.protocol === "file:" ? createDiskSource(fileURLToPath(folder)) : createHttpSource(folder, http);
}

function createDiskSource(folder: string): WheelSource {
  return {
    name: folder,
    async open({ file, sizeBytes }) {
      const path = join(folder, file);
      const found = await findSize(path);
      if (found === undefined) {
        throw new TermiteError("package_not_found", `Cannot find "${file}": the folder "${folder}" does not have it`);
      }
      if (found === sizeBytes) return { kind: "file", path };
      throw new TermiteError("hash_mismatch", `Cannot use "${path}": found ${found} bytes, need ${sizeBytes}`);
    },
  };
}

function createHttpSource(folder: URL, http: HttpOptions): WheelSource {
  const base = new URL(folder);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return {
    name: formatAddress(base),
    async open({ file }, { offline }) {
      checkAddress(base, offline === true || http.offline === true);
      return { kind: "http", url: new URL(encodeURIComponent(file), base), http };
    },
  };
}

async function findSize(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT", "ENOTDIR"])) return undefined;
    throw error;
  }
}
