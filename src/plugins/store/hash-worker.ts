// Entry of a Worker thread: reads one file after another to its hash.
import { formatError } from "../../errors.ts";
import type { HashReply } from "./hash-files.ts";
import { readSha256 } from "./read-sha256.ts";

declare const self: Worker;

const post = (reply: HashReply): void => self.postMessage(reply);

self.onmessage = async ({ data: path }: MessageEvent<string>) => {
  try {
    post({ kind: "hash", sha256: await readSha256(path, (count) => post({ kind: "bytes", count })) });
  } catch (error) {
    post({ kind: "failed", problem: formatError(error) });
  }
};
