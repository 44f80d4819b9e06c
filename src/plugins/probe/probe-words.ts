// What native libraries, the linker and dying processes say, in words that fit behind a colon: no paths, no banners.
import { stripFolders } from "../../strip-folders.ts";

const OWN_PREFIX = /^Cannot [^:"]+: /;
// Bun's report of its own crash starts with a rule and says nothing about the library.
const CRASH_BANNER = /^={20,}$/m;
const MAX_CHARACTERS = 500;

/** Of an error's message: what was found, in one line. */
export function formatFound(message: string): string {
  const words = stripFolders(message.replace(OWN_PREFIX, "")).replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return words.slice(0, MAX_CHARACTERS).replace(/\.$/, "");
}

/**
 * The linker's reason that ONNX Runtime only logs, where its error says "Failed to load shared library":
 * `… 1 : FAIL : Failed to load library /x/providers_cuda.so with error: libcublasLt.so.13: cannot open shared …`
 */
export function findLoggedReason(stderrTail: string): string | undefined {
  const reason = / : FAIL : .*? with error: (.+)/.exec(stderrTail)?.[1];
  return reason === undefined ? undefined : formatFound(reason);
}

/** The last thing that a process said before it died; empty when it said nothing. */
export function findLastWords(stderrTail: string): string {
  const [own = ""] = stderrTail.split(CRASH_BANNER, 1);
  return formatFound(own.trimEnd().split("\n").at(-1) ?? "");
}
