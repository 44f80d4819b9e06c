// What the tests of text-embeddings-inference's dialect share.
import type { ModelDescription, Task } from "../../../src/models/manifest.ts";
import { createApp } from "../../../src/server/app.ts";
import type { ServerDeps } from "../../../src/server/deps.ts";
import { DESCRIPTION, createFakeDeps, post, type FakeDeps } from "../fake-deps.ts";

/** Status and body of the answer to a POST. */
export async function ask(path: string, body: unknown, deps: FakeDeps = createFakeDeps()): Promise<[number, unknown]> {
  const response = await createApp(deps).request(path, post(body));
  return [response.status, await response.json()];
}

/** What was asked of every task but embedding. */
export const listCalls = ({ calls }: FakeDeps): unknown => calls;

/** A store in which every model is for `task`. */
export function storeOf(task: Task): Pick<ServerDeps, "models"> {
  const { models } = createFakeDeps();
  const describe = async (id: string): Promise<ModelDescription> => ({ ...DESCRIPTION, id, task });
  return { models: { ...models, describe } };
}

/** As `scoreText` scores a text of that length. */
export const third = (length: number): number => Math.fround(length / 3);

/** Every number as the float32 that it stands for. */
export function readFloats(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body), (_, value: unknown) => (typeof value === "number" ? Math.fround(value) : value));
}
