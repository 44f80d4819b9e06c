// "700MB", "4GiB", "1.5 GB", "1000000": sizes as people write them. Pure.
import { TermiteError } from "../../errors.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1, b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30,
};

/** Bytes; `usage` names the flag. */
export function parseSize(text: string, flag: string): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  const bytes = digits === "" || factor === undefined ? 0 : Math.floor(Number(digits) * factor);
  if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  throw new TermiteError("usage", `Cannot use --${flag} "${text}": need a size`, { hint: `--${flag} 2GB` });
}
