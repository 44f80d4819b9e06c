// Every task but embedding over one access to models.
import { createChunker } from "./chunk/chunk.ts";
import { createClassifier } from "./classify/classify.ts";
import type { Embedder } from "./embed-request.ts";
import type { ModelAccess } from "./access/model-access.ts";
import { createRecognizer } from "./recognize/recognize.ts";
import { createReranker } from "./classify/rerank.ts";
import { createSimilarityMeter } from "./embed/similarity.ts";
import { createSparseEmbedder } from "./embed/sparse.ts";
import type { Tasks } from "./tasks.ts";
import { createTokenEmbedder } from "./embed/token-vectors.ts";
import { createTokenizerService } from "./tokenize/tokenize.ts";

export function createTasks(access: ModelAccess, embedder: Embedder): Tasks {
  return {
    ...createReranker(access),
    ...createClassifier(access),
    ...createRecognizer(access),
    ...createSparseEmbedder(access),
    ...createTokenEmbedder(access),
    ...createSimilarityMeter(embedder),
    ...createTokenizerService(access),
    ...createChunker(access),
  };
}
