import { expect, test } from "bun:test";
import * as v from "valibot";
import { isRecord } from "../../../src/is-record.ts";
import type { Described } from "../../../src/server/route.ts";
import * as chunk from "../../../src/server/schemas/chunk.ts";
import * as cohere from "../../../src/server/schemas/cohere.ts";
import * as tasks from "../../../src/server/schemas/tasks.ts";

const described = [chunk, cohere, tasks].flatMap((module) =>
  Object.values<unknown>(module).filter((value): value is Described => isRecord(value) && "example" in value),
);

test.each(described.map((value) => [value.name, value] as const))(
  "has an example of %s that satisfies its schema",
  (_, { schema, example }) => {
    expect(v.safeParse(schema, example).issues).toBeUndefined();
  },
);
