// What no schema of one key can say of `aliases`: an alias stands for a model, and what is said of models is said of those.
import { isRecord } from "../is-record.ts";
import type { ConfigProblem } from "./problem.ts";

/** `known` is the file's map. A model is looked for by its name, so that "x" and "x:latest" are one. */
export function findAliasProblems(known: Readonly<Record<string, unknown>>, where: string): ConfigProblem[] {
  const aliases = isRecord(known.aliases) ? known.aliases : {};
  const problems = Object.entries(aliases).map(([name, model]) => ({ name, message: describeAlias(aliases, name, model) }));
  const models = isRecord(known.models) ? Object.keys(known.models) : [];
  const misplaced = models.filter((name) => Object.hasOwn(aliases, name));
  return [
    ...problems.flatMap(({ name, message }) => (message === undefined ? [] : [{ where, key: `aliases.${name}`, message }])),
    ...misplaced.map((name) => ({ where, key: `models.${name}`, message: "is an alias, write the name of its model" })),
  ];
}

function describeAlias(aliases: Readonly<Record<string, unknown>>, name: string, model: unknown): string | undefined {
  if (!/^[^\s/:]\S*$/.test(name)) return "cannot be the name of a model";
  if (name.endsWith(":latest")) return 'write it without ":latest", which means the same';
  if (typeof model !== "string" || !Object.hasOwn(aliases, model.replace(/:latest$/, ""))) return undefined;
  return `found "${model}", which is an alias itself, expected the name of a model`;
}
