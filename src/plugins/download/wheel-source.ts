// Where a wheel's bytes can be had: an index, a mirror, a folder, a bundle. Asked in turn for each wheel.
import type { HttpOptions } from "../../net/http-options.ts";
import type { PluginWheel } from "../catalog/lock.ts";

export type OpenedWheel =
  | { kind: "http"; url: URL; http: HttpOptions }
  /** `offset`: where the wheel's first byte lies in the file, 0 where it is left out. */
  | { kind: "file"; path: string; offset?: number };

export interface OpenOptions {
  signal?: AbortSignal | undefined;
  /** Throw `offline` instead of asking anybody. */
  offline?: boolean | undefined;
  /** Another source can be asked: this one needs no patience where nobody answers. */
  hasAlternative?: boolean | undefined;
}

export interface WheelSource {
  /** For messages: an address without secrets, or a path. */
  readonly name: string;
  /** Nothing of what it says is trusted. Throws `package_not_found` where it has no such wheel. */
  open(wheel: PluginWheel, options: OpenOptions): Promise<OpenedWheel>;
}

/** What one source did wrong, for the report; the download went on all the same. */
export interface SourceIncident {
  source: string;
  wheel: string;
  found: string;
  /** It was given another chance; absent where the next one was asked instead. */
  isAskedAgain?: true;
}
