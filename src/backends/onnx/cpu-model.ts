// A model on the CPU: its file mapped, its weights used as they lie there, and the sessions over them. One session computes
// on all cores, which is what a lone run wants; another on the calling thread alone, which is what as many runs as cores want:
// handing parts of each to the others' threads costs 10 to 20 % then. Both have the same weights, packed ones included.
import { NativeError } from "../../errors.ts";
import { createNativeView, parseAddress } from "../../ffi/memory.ts";
import type { Address } from "../../ffi/memory.ts";
import { openFileMapper } from "../../ffi/file-mapping.ts";
import type { FileMapper, FileMapping } from "../../ffi/file-mapping.ts";
import type { Ort } from "../../ffi/ort/api.ts";
import { createSession, createSharingSession } from "../../ffi/ort/environment.ts";
import { createSharedWeights, releaseSharedWeights } from "../../ffi/ort/shared-weights.ts";
import type { SharedWeights } from "../../ffi/ort/shared-weights.ts";
import { listStoredWeights } from "./stored-weights.ts";
import type { StoredWeight } from "./stored-weights.ts";

/**
 * A mapped file and its weights, for every thread of the process. Whoever replaces a model writes a new file and renames it:
 * one that is written over is another model in the middle of a run.
 */
export interface MappedModel {
  readonly mapping: FileMapping;
  readonly weights: SharedWeights;
}

interface Context {
  ort: Ort;
  environment: Address;
  memoryInfo: Address;
}

/** Protobuf's own limit. */
const MOST_BYTES = 2 ** 31 - 1;

// SAFETY: the view stays in this call.
const listMappedWeights = ({ address, sizeBytes }: FileMapping): StoredWeight[] | undefined =>
  listStoredWeights(new Uint8Array(createNativeView(address, sizeBytes)));

export class CpuModels {
  readonly #context: Context;
  readonly #cores: number;
  readonly #mapper: FileMapper | undefined;

  constructor(context: Context, cores: number) {
    this.#context = context;
    this.#cores = cores;
    this.#mapper = process.platform === "linux" ? openFileMapper() : undefined;
  }

  /** On all cores. Without `mapped` where the file's weights cannot be used in place: there is no second session then. */
  open(graphFile: string): { address: Address; mapped?: MappedModel } {
    const mapped = this.#map(graphFile);
    try {
      if (mapped !== undefined) return { address: this.#openSharing(mapped, this.#cores), mapped };
    } catch (error) {
      if (mapped !== undefined) this.release(mapped);
      // Whatever is wrong with the file, ONNX Runtime says it best of the file itself.
      if (!(error instanceof NativeError)) throw error;
    }
    const { ort, environment } = this.#context;
    return { address: createSession(ort, environment, graphFile, { intraOpThreads: this.#cores, sharesArena: true }) };
  }

  /** Computes on the calling thread alone. */
  openOneCore(mapped: MappedModel): Address {
    return this.#openSharing(mapped, 1);
  }

  /** After its last session. */
  release({ weights, mapping }: MappedModel): void {
    releaseSharedWeights(this.#context.ort, weights);
    this.#mapper?.unmap(mapping);
  }

  #map(graphFile: string): MappedModel | undefined {
    const mapping = this.#tryMap(graphFile);
    if (mapping === undefined) return undefined;
    const stored = mapping.sizeBytes > MOST_BYTES ? undefined : listMappedWeights(mapping);
    if (stored === undefined || stored.length === 0) {
      this.#mapper?.unmap(mapping);
      return undefined;
    }
    const { ort, memoryInfo } = this.#context;
    const tensors = stored.map((weight) => ({ ...weight, address: parseAddress(mapping.address + weight.offset) }));
    return { mapping, weights: createSharedWeights(ort, memoryInfo, tensors) };
  }

  /** A file that cannot be opened is ONNX Runtime's to explain. */
  #tryMap(graphFile: string): FileMapping | undefined {
    try {
      return this.#mapper?.map(graphFile);
    } catch {
      return undefined;
    }
  }

  #openSharing({ mapping, weights }: MappedModel, intraOpThreads: number): Address {
    const { ort, environment } = this.#context;
    const settings = { intraOpThreads, sharesArena: true };
    try {
      return createSharingSession(ort, environment, mapping, settings, weights);
    } finally {
      // Read once to be packed; what runs still read there (tables of vectors) comes back row by row.
      this.#mapper?.dropPages(mapping);
    }
  }
}
