// The elementwise operations of StableHLO by their names.

export type UnaryOp =
  | "abs" | "cbrt" | "ceil" | "cosine" | "exponential" | "exponential_minus_one" | "floor" | "log" | "log_plus_one" | "logistic"
  | "negate" | "not" | "round_nearest_afz" | "round_nearest_even" | "rsqrt" | "sign" | "sine" | "sqrt" | "tan" | "tanh"
  | "popcnt" | "count_leading_zeros";
/** Of the dialect `chlo`, which every plugin's compiler expands in its own way. */
export type ChloOp =
  | "erf" | "erfc" | "acos" | "acosh" | "asin" | "asinh" | "atan" | "atanh" | "cosh" | "sinh" | "lgamma" | "digamma";
export type BinaryOp =
  | "add" | "subtract" | "multiply" | "divide" | "remainder" | "power" | "maximum" | "minimum" | "and" | "or" | "xor" | "atan2"
  | "shift_left" | "shift_right_arithmetic" | "shift_right_logical";
export type Direction = "EQ" | "NE" | "LT" | "LE" | "GT" | "GE";
