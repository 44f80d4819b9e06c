// From the words of `backend_priority` to the targets to try, best first.
import { TARGETS } from "../target.ts";
import type { Target } from "../target.ts";

/** A bare "onnx" or "xla" becomes all its devices, best first; a target that comes up twice keeps its first place. */
export function resolveBackendPriority(words: readonly string[]): Target[] {
  const named = words.flatMap((word) =>
    TARGETS.filter((target) => target === word || target.startsWith(`${word}:`)),
  );
  return [...new Set(named)];
}

/** Those that somebody asked for with their device: a bare "onnx" is content with any. */
export function listNamedTargets(words: unknown): Target[] {
  return Array.isArray(words) ? TARGETS.filter((target) => words.includes(target)) : [];
}

/** "onnx:cuda:1": the grammar keeps room for one device of several, which nothing can choose yet. */
export function isReservedTarget(word: string): boolean {
  return TARGETS.some((target) => word.startsWith(`${target}:`) && /^\d+$/.test(word.slice(target.length + 1)));
}
