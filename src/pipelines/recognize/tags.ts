// Labels of a token classifier: which entity each is about, and how it joins its neighbour.

export interface Tag {
  /** "PER" of "B-PER"; the whole label where it has no scheme. */
  name: string;
  /** Never joins the token before it: "B-", "S-". */
  begins: boolean;
  /** No token behind it joins it: "S-". */
  ends: boolean;
}

/**
 * As transformers: "B-" begins an entity, "I-" and labels without a scheme go on with one of the same name. "E-" (goes
 * on) and "S-" (stands alone), which transformers does not know, count where the model has a "B-" or "I-" label of that
 * name: "E-MAIL" alone is a name.
 */
export function parseTags(labels: readonly string[]): Tag[] {
  const names = new Set(labels.filter((label) => /^[BI]-/.test(label)).map((label) => label.slice(2)));
  return labels.map((label) => {
    const [prefix, name] = [label.slice(0, 2), label.slice(2)];
    const hasScheme = prefix === "B-" || prefix === "I-" || ((prefix === "E-" || prefix === "S-") && names.has(name));
    if (!hasScheme) return { name: label, begins: false, ends: false };
    return { name, begins: prefix === "B-" || prefix === "S-", ends: prefix === "S-" };
  });
}
