// A source file as the architecture checks see it: path, text, plain JavaScript, and its imports. Pure.

export interface Import {
  /** As written: "../errors.ts", "node:fs", "hono/cors". */
  specifier: string;
  /** The imported file's path relative to `src/`, for a relative specifier. */
  file: string | undefined;
  /** True when nothing is left of it at run time. */
  typeOnly: boolean;
}

export interface SourceFile {
  /** Relative to `src/`, with forward slashes: "backends/onnx/session.ts". */
  path: string;
  text: string;
  /** The text without types and comments; every top-level statement starts at column 0. */
  script: string;
  imports: readonly Import[];
}

const transpiler = new Bun.Transpiler({ loader: "ts", target: "bun" });

/** Statements `import … from "x"`, `export … from "x"`, `import "x"`; type-only ones included, unlike in `scanImports`. */
const STATEMENT = /^(?:import|export)\s[^"';]*?from\s*["']([^"']+)["']|^import\s*["']([^"']+)["']/gm;
/** `import("x")`, as an expression or in a type. */
const CALL = /\bimport\(\s*["']([^"']+)["']/g;

export function parseSourceFile(path: string, text: string): SourceFile {
  const atRunTime = new Set(transpiler.scanImports(text).map((entry) => entry.path));
  const written = [...text.matchAll(STATEMENT), ...text.matchAll(CALL)].map((match) => match[1] ?? match[2] ?? "");
  const imports = [...new Set([...written, ...atRunTime])].map((specifier) => ({
    specifier,
    file: specifier.startsWith(".") ? resolveRelative(path, specifier) : undefined,
    typeOnly: !atRunTime.has(specifier),
  }));
  return { path, text, script: transpiler.transformSync(text), imports };
}

/** "cli/serve.ts" and "../net/http.ts" to "net/http.ts"; a path that leaves `src/` keeps its "../". */
function resolveRelative(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    const canGoUp = parts.length > 0 && parts.at(-1) !== "..";
    if (part === ".." && canGoUp) parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** The folder of `src/` that a path lies in ("cli"), or the file itself for one that lies in `src/` ("errors.ts"). */
export function folderOf(path: string): string {
  return path.split("/")[0] ?? path;
}
