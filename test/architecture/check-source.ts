// Checks over one file at a time: names, header, length, exports, environment, process end, work done at import. Pure.
import { ENTRIES, FORBIDDEN_WORDS, MAX_HEADER_LINES, MAX_LINES, TABLES } from "./rules.ts";
import type { SourceFile } from "./source-file.ts";

const KEBAB_CASE = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.d)?\.(?:ts|json|html|css)$/;
/** Names of the field that end in a digit by themselves. */
const NUMBERED_WORDS = /(?:sha256|crc32|utf8|base64|int8|float32)\.ts$/;
const DEFAULT_EXPORT = /^export default\b|\bas default\b/m;
const ENVIRONMENT = /\b(?:process|Bun)\s*\.\s*env\b|\bimport\.meta\.env\b/;
const PROCESS_END = /\bprocess\s*\.\s*(?:exit\s*\(|exitCode\s*=[^=]|abort\s*\(|reallyExit)/;
const CONSOLE = /\bconsole\s*\.\s*\w+\s*\(/;
/** A rejection that nobody hears of: an empty catch in the form of a call. */
const EMPTY_CATCH = /\.catch\(\(\w*\)\s*=>\s*\{\s*\}\)/;
/** What reaches out of the process when it is called at top level. */
const EFFECT = new RegExp(
  String.raw`\b(?:dlopen|fetch|spawn|spawnSync|exec|execSync|setInterval|setTimeout|mkdirSync|readdirSync|statSync` +
    String.raw`|existsSync|readFileSync|writeFileSync|openSync|readFile|writeFile|mmap|serve|process\.on)\s*\(|\bnew Worker\b`,
);

export function checkSource(file: SourceFile): string[] {
  const problems = [...findNameProblems(file), ...findShapeProblems(file), ...findReachProblems(file)];
  const atImport = ENTRIES.includes(file.path) ? [] : findImportTimeWork(file);
  return [...problems, ...atImport].map((problem) => `${file.path}: ${problem}`);
}

function findNameProblems({ path }: SourceFile): string[] {
  const name = path.split("/").at(-1) ?? path;
  const words = path.replace(/\.[a-z.]+$/, "").split(/[/-]/);
  return [
    ...(KEBAB_CASE.test(name) ? [] : [`the name is not in kebab-case`]),
    ...words.filter((word) => FORBIDDEN_WORDS.includes(word)).map((word) => `"${word}" says nothing in a name`),
    ...(/[a-z]\d$/.test(words.at(-1) ?? "") && !NUMBERED_WORDS.test(path) ? ["a digit suffix is no name"] : []),
  ];
}

function findShapeProblems({ path, text, script }: SourceFile): string[] {
  const lines = text.split("\n");
  const header = lines.findIndex((line) => !line.startsWith("//") && !line.startsWith("#!"));
  return [
    ...(header < 1 ? ["no header comment"] : []),
    ...(header > MAX_HEADER_LINES ? [`a header comment of ${header} lines, at most ${MAX_HEADER_LINES}`] : []),
    ...(lines.length > MAX_LINES && !TABLES.includes(path) ? [`${lines.length} lines, at most ${MAX_LINES}`] : []),
    ...(DEFAULT_EXPORT.test(script) ? ["a default export"] : []),
  ];
}

function findReachProblems({ path, script }: SourceFile): string[] {
  return [
    ...(ENVIRONMENT.test(script) && path !== "config/env.ts" ? ["reads the environment; config/env.ts does that"] : []),
    ...(PROCESS_END.test(script) && path !== "main.ts" ? ["ends the process; main.ts does that"] : []),
    ...(EMPTY_CATCH.test(script) ? ["an empty catch"] : []),
    ...(CONSOLE.test(script) && path !== "cli/output.ts" ? ["uses console; cli/output.ts does that"] : []),
  ];
}

/** Looks at what each top-level statement does before its first function body begins. */
function findImportTimeWork({ script }: SourceFile): string[] {
  const statements = script.split("\n").filter((line) => /^[A-Za-z(]/.test(line));
  return statements.flatMap((line) => {
    const eager = line.split(/=>|\bfunction\b|\bclass\b/)[0] ?? "";
    if (/\bawait\b/.test(eager)) return [`top-level await: ${line}`];
    if (EFFECT.test(eager)) return [`work at import: ${line}`];
    return /^[A-Za-z_$.]+\s*\(/.test(eager) ? [`a call at import: ${line}`] : [];
  });
}
