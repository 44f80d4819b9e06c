// Reads the JUnit report of `bun test`: how many tests passed, which failed and why, which were skipped.

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&", "&#10;": "\n" };

/**
 * Sample: `<testcase name="a" classname="" file="test/a.test.ts" …><skipped /></testcase>`, `<testcase … />` when it
 * passed, `<failure …>` inside when it did not.
 * @param {string} xml
 * @returns {{ passed: number, failed: string[], skipped: string[] }} `failed` with each test's message, `skipped` names
 */
export function parseJunit(xml) {
  const counts = { passed: 0, failed: /** @type {string[]} */ ([]), skipped: /** @type {string[]} */ ([]) };
  for (const [, attributes = "", body = ""] of xml.matchAll(
    /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>(.*?)<\/testcase>)/gs,
  )) {
    const failure = /<(?:failure|error)\b((?:[^>"]|"[^"]*")*)/.exec(body);
    if (/<skipped\b/.test(body)) counts.skipped.push(formatName(attributes));
    else if (failure) counts.failed.push(`${formatName(attributes)}: ${findAttribute(failure[1] ?? "", "message")}`);
    else counts.passed++;
  }
  return counts;
}

/** @param {string} attributes */
function formatName(attributes) {
  const [file, group, name] = ["file", "classname", "name"].map((key) => findAttribute(attributes, key));
  return [`${file}:`, group, name].filter((part) => part !== "").join(" ");
}

/**
 * @param {string} attributes
 * @param {string} key
 */
function findAttribute(attributes, key) {
  const value = new RegExp(`\\b${key}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  return value.replace(/&(?:lt|gt|quot|apos|amp|#10);/g, (entity) => ENTITIES[entity] ?? entity);
}
