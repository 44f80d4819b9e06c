// Extra fields (APPNOTE 4.5): a list of (id, length, data) that must fill its room and must not say the header anew.

/** Fields that give an entry another size, another name or another method than its header does. */
const SECOND_TRUTHS: Readonly<Record<number, string>> = {
  0x0001: "zip64",
  0x7075: "a second name",
  0x9901: "encryption",
};

/** What is wrong with it, or `undefined`. */
export function findExtraFault(extra: Buffer): string | undefined {
  let at = 0;
  while (at < extra.length) {
    if (at + 4 > extra.length) return "has a damaged extra field";
    const said = SECOND_TRUTHS[extra.readUInt16LE(at)];
    if (said !== undefined) return `has an extra field with ${said}`;
    at += 4 + extra.readUInt16LE(at + 2);
  }
  return at === extra.length ? undefined : "has a damaged extra field";
}
