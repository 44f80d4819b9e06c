// Strings that native code owns, and the words of errors without the paths of a machine.
import { stripFolders } from "../../strip-folders.ts";
import { createNativeView } from "../memory.ts";
import type { Address } from "../memory.ts";

/** Copies `sizeBytes` of UTF-8. PJRT's strings have a length and need no zero at the end. */
export function readText(address: Address | null, sizeBytes: number): string {
  // SAFETY: the owner of the string lives over this call, and the decoder copies.
  return address === null ? "" : new TextDecoder().decode(createNativeView(address, sizeBytes));
}

/** In one line and without folders. */
export function formatWords(message: string): string {
  return stripFolders(message).replaceAll(/\s+/g, " ").trim();
}
