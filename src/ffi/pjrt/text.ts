// Strings that native code owns, and the words of errors without the paths of a machine.
import { createNativeView } from "../memory.ts";
import type { Address } from "../memory.ts";

/** Copies `sizeBytes` of UTF-8. PJRT's strings have a length and need no zero at the end. */
export function readText(address: Address | null, sizeBytes: number): string {
  // SAFETY: the owner of the string lives over this call, and the decoder copies.
  return address === null ? "" : new TextDecoder().decode(createNativeView(address, sizeBytes));
}

/** In one line; of every absolute path only the file's name is left, addresses of pages stay. */
export function formatWords(message: string): string {
  return message.replaceAll(/(?<![\w.:/])\/(?:[^\s"':;,()/]+\/)+/g, "").replaceAll(/\s*\n\s*/g, " ").trim();
}
