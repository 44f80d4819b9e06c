// The sources of one wheel, one after another: the first that does something wrong is left for good.
import { formatError, resolveError, TermiteError } from "../../errors.ts";
import { raceAbort } from "../../race-abort.ts";
import type { PluginWheel } from "../catalog/lock.ts";
import type { OpenedWheel, OpenOptions, SourceIncident, WheelSource } from "./wheel-source.ts";

export interface SuppliedWheel {
  /** Says to `leave` which source is meant: others may have left it already. */
  turn: number;
  name: string;
  opened: OpenedWheel;
}

export class WheelSupply {
  #isWhole = false;
  readonly #wheel: PluginWheel;
  readonly #sources: readonly WheelSource[];
  readonly #options: OpenOptions;
  readonly #onIncident: (incident: SourceIncident) => void;
  readonly #failures: unknown[] = [];
  #opening: Promise<OpenedWheel> | undefined;

  constructor(
    wheel: PluginWheel,
    options: OpenOptions & { sources: readonly WheelSource[]; onIncident: (incident: SourceIncident) => void },
  ) {
    this.#wheel = wheel;
    this.#sources = options.sources;
    this.#options = options;
    this.#onIncident = options.onIncident;
  }

  /** The current source sends no ranges. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The source of that turn sends no ranges. */
  markWhole(turn: number): void {
    if (turn === this.#failures.length) this.#isWhole = true;
  }

  /** Moves on by itself past sources that cannot be opened. Throws when none is left. */
  async open(): Promise<SuppliedWheel> {
    for (;;) {
      const turn = this.#failures.length;
      const source = this.#sources[turn];
      if (source === undefined) throw this.#createFailure();
      try {
        this.#opening ??= source.open(this.#wheel, this.#options);
        const opened = await raceAbort(this.#opening, this.#options.signal);
        return { turn, name: source.name, opened };
      } catch (error) {
        this.leave(turn, error);
      }
    }
  }

  /** The source of that turn failed. What is no failure of a source, a full disk for example, is thrown again. */
  leave(turn: number, error: unknown): void {
    this.#options.signal?.throwIfAborted();
    if (!(error instanceof TermiteError) || error.code === "disk_full") throw error;
    if (turn !== this.#failures.length) return;
    this.#failures.push(error);
    this.#opening = undefined;
    this.#isWhole = false;
    this.#onIncident({ source: this.#sources[turn]?.name ?? "", wheel: this.#wheel.file, found: error.message });
  }

  /** Of a single source, what it said; else what each said, with the code of the last. */
  #createFailure(): unknown {
    const last = this.#failures.at(-1);
    if (last === undefined) return new TypeError(`There is no source for "${this.#wheel.file}"`);
    if (this.#failures.length === 1) return last;
    const said = this.#failures.map((error, turn) => `${this.#sources[turn]?.name}: ${formatError(error)}`).join("; ");
    const { code, hint } = resolveError(last);
    const message = `Cannot fetch "${this.#wheel.file}": none of ${this.#failures.length} sources has it whole (${said})`;
    return new TermiteError(code, message, { hint, cause: last });
  }
}
