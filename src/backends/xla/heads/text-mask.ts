// Which cells of a padded batch are a text's own tokens, as the heads ask for it.
import type { DataValue } from "../convert/value.ts";
import type { HeadScope } from "./head-scope.ts";

export interface TextMask {
  /** i32[batch, length]: 0, 1, 2, … along each text. */
  positions: DataValue;
  /** i32[batch, 1]. */
  lengths: DataValue;
  /** i32[batch, 1]: leading tokens that pooling leaves out; absent where no text has any. */
  poolFrom: DataValue | undefined;
  /** i1[batch, length, 1]: true for tokens, false for padding. */
  tokens: DataValue;
  /** i1[batch, length, 1]: tokens that pooling takes. */
  pooled: DataValue;
}

/** `output` is `[batch, length, width]`. Adds the arguments "head:lengths" and, where it is told to, "head:pool_from". */
export function createTextMask({ builder, input }: HeadScope, output: DataValue, hasPoolFrom = false): TextMask {
  const [batch = 0, length = 0] = output.dims;
  const column = (name: string): DataValue => builder.reshape(input(name, "i32", [batch]), [batch, 1]);
  const positions = builder.iota("i32", [batch, length], 1);
  const lengths = column("head:lengths");
  const cells = (mask: DataValue): DataValue => builder.reshape(mask, [batch, length, 1]);
  const tokens = builder.compare("LT", positions, lengths);
  const masks = { positions, lengths, tokens: cells(tokens) };
  if (!hasPoolFrom) return { ...masks, poolFrom: undefined, pooled: masks.tokens };
  const poolFrom = column("head:pool_from");
  const pooled = builder.binary("and", tokens, builder.compare("GE", positions, poolFrom));
  return { ...masks, poolFrom, pooled: cells(pooled) };
}
