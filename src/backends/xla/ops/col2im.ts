// Col2Im: the blocks that a convolution would read, put back where they were read from and added up.
import { countElements } from "../convert/data-type.ts";
import { resolveStrides } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { dilate } from "../convert/windows.ts";

/** [batch, channels * block elements, blocks] to [batch, channels, …image]. */
function emitCol2Im(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const [image, block] = [context.hostInts(1), context.hostInts(2)];
  const ones = image.map(() => 1);
  const [strides, dilations] = [context.ints("strides", ones), context.ints("dilations", ones)];
  const pads = context.ints("pads", image.flatMap(() => [0, 0]));
  const [before, behind] = [pads.slice(0, image.length), pads.slice(image.length)];
  const padded = image.map((size, i) => size + (before[i] ?? 0) + (behind[i] ?? 0));
  const counts = padded.map((size, i) => Math.floor((size - dilate(block[i] ?? 1, dilations[i] ?? 1)) / (strides[i] ?? 1)) + 1);
  const elements = countElements(block);
  const [batch = 0, width = 0] = x.dims;
  const columns = builder.reshape(x, [batch, width / elements, elements, ...counts]);
  const steps = resolveStrides(block);
  const layers = Array.from({ length: elements }, (_, element) => {
    const layer = builder.reshape(builder.sliceAxis(columns, 2, element, element + 1), [batch, width / elements, ...counts]);
    const low = block.map((size, i) => (Math.floor(element / (steps[i] ?? 1)) % size) * (dilations[i] ?? 1));
    const high = padded.map((size, i) => size - (low[i] ?? 0) - ((counts[i] ?? 1) - 1) * (strides[i] ?? 1) - 1);
    return builder.pad(layer, builder.scalar(x.type, 0), {
      low: [0, 0, ...low], high: [0, 0, ...high], interior: [0, 0, ...strides.map((stride) => stride - 1)],
    });
  });
  const sum = layers.reduce((a, b) => builder.binary("add", a, b));
  return [builder.slice(sum, [0, 0, ...before], [batch, width / elements, ...image.map((size, i) => size + (before[i] ?? 0))])];
}

export const COL2IM: readonly Operator[] = [{ op: "Col2Im", since: 18, emit: emitCol2Im }];
