// Serves once with the embedded model and prints the vectors of the texts: the part that runs inside a network namespace.
import { readTexts } from "./references.ts";
import { serveOnce } from "./termite.ts";

const vectors = await serveOnce({ home: process.argv[2] ?? "" }, readTexts());
console.log(JSON.stringify(vectors.map((vector) => [...vector])));
