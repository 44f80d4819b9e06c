// Weights that several sessions of one graph use as they lie in memory, and what the library packs from them, packed once.
import { checkedPointer, createCString, createNativeBuffer } from "../memory.ts";
import type { Address } from "../memory.ts";
import type { Ort } from "./api.ts";

/** A tensor in memory that outlives the sessions, row-major; it need not be aligned. */
export interface WeightTensor {
  name: string;
  /** `TensorProto.DataType`, which the library's own element types are. */
  elementType: number;
  dims: readonly bigint[];
  address: Address;
  sizeBytes: number;
}

/** Plain data: any thread of the process may use it until it is released. */
export interface SharedWeights {
  readonly values: readonly { readonly name: string; readonly value: Address }[];
  readonly container: Address;
}

/** The caller releases the result with `releaseSharedWeights`. Throws `NativeError`. */
export function createSharedWeights(ort: Ort, memoryInfo: Address, tensors: readonly WeightTensor[]): SharedWeights {
  ort.check(ort.functions.CreatePrepackedWeightsContainer(ort.out.address));
  const container = checkedPointer(ort.out);
  const values: { name: string; value: Address }[] = [];
  try {
    for (const tensor of tensors) values.push({ name: tensor.name, value: createValue(ort, memoryInfo, tensor) });
    return { values, container };
  } catch (error) {
    releaseSharedWeights(ort, { values, container });
    throw error;
  }
}

function createValue(ort: Ort, memoryInfo: Address, { elementType, dims, address, sizeBytes }: WeightTensor): Address {
  const shape = createNativeBuffer(dims.length * 8);
  dims.forEach((dim, i) => shape.view.setBigInt64(i * 8, dim, true));
  // SAFETY: the shape is copied within the call; the data stays the caller's.
  ort.check(ort.functions.CreateTensorWithDataAsOrtValue(
    memoryInfo, address, sizeBytes, shape.address, dims.length, elementType, ort.out.address,
  ));
  return checkedPointer(ort.out);
}

/** For a session that is then created with `weights.container`. */
export function addSharedWeights(ort: Ort, options: Address, { values }: SharedWeights): void {
  for (const { name, value } of values) {
    const nativeName = createCString(name);
    // SAFETY: the library copies the name and keeps the value, which outlives the session.
    ort.check(ort.functions.AddInitializer(options, nativeName.address, value));
  }
}

/** After the last session that was created with them. The memory below the tensors stays the caller's. */
export function releaseSharedWeights(ort: Ort, { values, container }: SharedWeights): void {
  for (const { value } of values) ort.functions.ReleaseValue(value);
  ort.functions.ReleasePrepackedWeightsContainer(container);
}
