// One row of the table of configuration keys.

/** A switch is true, false or a list: its flag stands alone, behind "no-", or with "=LIST". */
export type KeyKind = "string" | "list" | "boolean" | "switch" | "duration" | "number" | "map";

export interface ConfigKey {
  /** Dotted as `termite.yaml` nests it; `<name>` stands for the name of a model. */
  key: string;
  kind: KeyKind;
  description: string;
  env?: string;
  /** Without the dashes. */
  flag?: string;
  /** What the flag takes, as `--help` shows it. */
  argument?: string;
  /** As a file would say it; "~/.termite" moves with `home`. */
  default?: string | number | boolean | readonly string[];
  /** The default in words, where it depends on something else. */
  defaultText?: string;
  /** False for what only a flag or the environment can say. */
  inFile: boolean;
  /** The words it accepts, for suggestions. */
  choices?: readonly string[];
  /** What it holds is never shown, in no message and no table. */
  isSecret?: true;
}
