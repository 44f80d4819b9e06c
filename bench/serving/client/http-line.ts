// One client's way to a server: `fetch`, which keeps its connections and took half the CPU of HTTP written by hand over
// `Bun.connect` (15 of 38 us a request, both ends on one machine).
import { parseVector } from "../../../test/fixtures/references/read-references.ts";
import type { Line } from "./line.ts";

export interface HttpRoute {
  /** Of the route, whole. */
  url: string;
  model: string;
  /** How vectors are to come: base64 of float32, or JSON numbers. */
  format: "base64" | "float";
}

const HEADERS = { "content-type": "application/json" };

export function createHttpLine({ url, model, format }: HttpRoute): Line {
  return {
    async send(texts) {
      const input = texts.length === 1 ? texts[0] : texts;
      const response = await fetch(url, { method: "POST", headers: HEADERS, body: JSON.stringify({ model, input, encoding_format: format }) });
      if (response.status !== 200) throw new Error(`Cannot measure: found an answer ${response.status}, ${(await response.text()).slice(0, 300)}`);
      return await response.bytes();
    },
    parse: (answer) => parseVectors(new TextDecoder().decode(answer)),
  };
}

function parseVectors(body: string): Float32Array[] {
  const answer: { data: { embedding: string | number[] }[] } = JSON.parse(body);
  return answer.data.map(({ embedding }) => (typeof embedding === "string" ? parseVector(embedding) : Float32Array.from(embedding)));
}
