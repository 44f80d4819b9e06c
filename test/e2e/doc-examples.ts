// Examples out of the documentation: every `sh` block that begins with `curl`, as a request, and the answer under it.

export interface Example {
  /** File and line, for the name of a test. */
  place: string;
  method: string;
  /** With the host as written. */
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
  status: number;
  /** What stands under it; `undefined` where nothing does. */
  answer: { kind: "json"; value: unknown } | { kind: "text"; value: string } | undefined;
}

/** A fence, its info string and what is inside. Sample: "```json 400". */
const BLOCK = /^```([^\n]*)\n([\s\S]*?)^```$/gm;

export function parseExamples(markdown: string, file: string): Example[] {
  const blocks = [...markdown.matchAll(BLOCK)].map((match) => ({ info: match[1] ?? "", text: match[2] ?? "", at: match.index, end: match.index + match[0].length }));
  return blocks.flatMap(({ info, text, at, end }, index) => {
    if (info !== "sh" || !text.startsWith("curl ")) return [];
    const next = blocks[index + 1];
    const isAnswer = next !== undefined && /^(json|text)\b/.test(next.info) && markdown.slice(end, next.at).trim() === "";
    const place = `${file}:${markdown.slice(0, at).split("\n").length + 1}`;
    const [, status = "200"] = (isAnswer ? next.info : "").split(" ");
    return [{ place, ...parseCurl(text), status: Number(status), answer: isAnswer ? parseAnswer(next.info, next.text) : undefined }];
  });
}

/** "…" stands for more of the same: it is taken out with the comma before it, or is the end of a string. */
function parseAnswer(info: string, text: string): Example["answer"] {
  if (info.startsWith("text")) return { kind: "text", value: text.trimEnd() };
  return { kind: "json", value: JSON.parse(text.replaceAll(/,\s*…/g, "")) };
}

/** Throws for a flag that it does not know, so that an example is never run as another request. */
export function parseCurl(command: string): Pick<Example, "method" | "url" | "headers" | "body"> {
  const [program, ...words] = splitWords(command);
  if (program !== "curl") throw new Error(`Cannot parse an example: found "${program}", need "curl"`);
  const request = { method: "", url: "", headers: {} as Record<string, string>, body: undefined as string | undefined };
  while (words.length > 0) {
    const word = words.shift() ?? "";
    if (word === "-d") request.body = words.shift();
    else if (word === "-X") request.method = words.shift() ?? "";
    else if (word === "-H") {
      const [name = "", ...value] = (words.shift() ?? "").split(": ");
      request.headers[name] = value.join(": ");
    } else if (!word.startsWith("-") && request.url === "") request.url = word;
    else throw new Error(`Cannot parse an example: found "${word}"`);
  }
  return { ...request, method: request.method || (request.body === undefined ? "GET" : "POST") };
}

/** Words as a shell splits them: single quotes, and a line that goes on after a backslash. */
function splitWords(command: string): string[] {
  const joined = command.trim().replaceAll(/\\\n\s*/g, " ");
  if (/["$`]/.test(joined.replaceAll(/'[^']*'/g, ""))) throw new Error("Cannot parse an example: use single quotes only");
  return [...joined.matchAll(/(?:'([^']*)'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""));
}

/**
 * What is wrong with an answer by the example: every object has the same keys, every value the same type, and every element
 * of a list looks like one of the list's examples. Empty when nothing is.
 */
export function compareShapes(documented: unknown, found: unknown, path = "answer"): string[] {
  if (Array.isArray(documented) && Array.isArray(found)) return compareLists(documented, found, path);
  if (typeOf(documented) !== typeOf(found)) return [`${path}: found ${typeOf(found)}, documented ${typeOf(documented)}`];
  if (!isObject(documented) || !isObject(found)) return [];
  const [wanted, keys] = [Object.keys(documented).toSorted(), Object.keys(found).toSorted()];
  if (wanted.join() !== keys.join()) return [`${path}: found the keys ${keys.join(", ")}, documented ${wanted.join(", ")}`];
  return wanted.flatMap((key) => compareShapes(documented[key], found[key], `${path}.${key}`));
}

function compareLists(documented: readonly unknown[], found: readonly unknown[], path: string): string[] {
  if ((documented.length === 0) !== (found.length === 0)) return [`${path}: found ${found.length} elements, documented ${documented.length}`];
  return found.flatMap((element, index) => {
    const attempts = documented.map((example) => compareShapes(example, element, `${path}[${index}]`));
    return attempts.find((problems) => problems.length === 0) ?? attempts[0] ?? [];
  });
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
