// Entry of the XLA backend's Worker threads.
import { answerRequests } from "./answer-requests.ts";

// Loaded by the Worker that opens a model, not by those that only run.
answerRequests(async (options) => (await import("./prepare-model.ts")).prepareModel(options));
