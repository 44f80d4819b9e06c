// The shape of a logger, so that layers below `cli/` can report without knowing who writes. Leaf: types only.

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One line an event. `message` is constant text; what varies goes into `fields`. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
