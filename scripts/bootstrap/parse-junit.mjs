// Reads the counts and the names of skipped tests from the JUnit report of `bun test`.

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&" };

/**
 * Sample: `<testcase name="a" classname="" file="test/a.test.ts" …><skipped /></testcase>`, `<testcase … />` when it
 * passed, `<failure …>` inside when it did not.
 * @param {string} xml
 * @returns {{ passed: number, failed: number, skipped: string[] }}
 */
export function parseJunit(xml) {
  const counts = { passed: 0, failed: 0, skipped: /** @type {string[]} */ ([]) };
  for (const [, attributes = "", body = ""] of xml.matchAll(
    /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>(.*?)<\/testcase>)/gs,
  )) {
    if (/<skipped\b/.test(body)) counts.skipped.push(formatName(attributes));
    else if (/<(failure|error)\b/.test(body)) counts.failed++;
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
  return value.replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
