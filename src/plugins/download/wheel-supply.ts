// The sources of one wheel, one after another: one that does something wrong is left. Two things are forgiven once: a wrong
// piece, which is asked for again, and a refused connection, for which the source is asked again when all others have failed.
import { formatError, resolveError, TermiteError } from "../../errors.ts";
import { isConnectionRefused } from "../../net/download-error.ts";
import { raceAbort } from "../../race-abort.ts";
import type { PluginWheel } from "../catalog/lock.ts";
import type { OpenedWheel, OpenOptions, SourceIncident, WheelSource } from "./wheel-source.ts";

export interface SuppliedWheel {
  /** Says to `leave` which source is meant: others may have left it already. */
  turn: number;
  name: string;
  opened: OpenedWheel;
  /** As `OpenOptions` has it: for what is fetched from it too. */
  hasAlternative: boolean;
}

export class WheelSupply {
  #isWhole = false;
  readonly #wheel: PluginWheel;
  /** One that refused a connection stands at its end once more. */
  readonly #sources: WheelSource[];
  readonly #options: OpenOptions;
  readonly #onIncident: (incident: SourceIncident) => void;
  readonly #failures: unknown[] = [];
  /** Pieces that a source sent wrong once. */
  readonly #forgiven = new Set<string>();
  #opening: Promise<OpenedWheel> | undefined;

  constructor(
    wheel: PluginWheel,
    options: OpenOptions & { sources: readonly WheelSource[]; onIncident: (incident: SourceIncident) => void },
  ) {
    this.#wheel = wheel;
    this.#sources = [...options.sources];
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
        const hasAlternative = this.#hasAlternative(turn);
        this.#opening ??= source.open(this.#wheel, { ...this.#options, hasAlternative });
        const opened = await raceAbort(this.#opening, this.#options.signal);
        return { turn, name: source.name, opened, hasAlternative };
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
    const source = this.#sources[turn];
    if (source !== undefined && isConnectionRefused(error) && this.#hasAlternative(turn)) this.#sources.push(source);
    this.#failures.push(error);
    this.#opening = undefined;
    this.#isWhole = false;
    this.#tell(turn, error);
  }

  /** The source of that turn sent a wrong piece: what is wrong once may be the line's fault, twice is the source's. */
  leaveAtSecond(piece: string, turn: number, error: TermiteError): void {
    const key = `${turn} ${piece}`;
    if (turn !== this.#failures.length || this.#forgiven.has(key)) return this.leave(turn, error);
    this.#forgiven.add(key);
    this.#tell(turn, error, { isAskedAgain: true });
  }

  #tell(turn: number, { message: found }: TermiteError, more: Pick<SourceIncident, "isAskedAgain"> = {}): void {
    this.#onIncident({ source: this.#sources[turn]?.name ?? "", wheel: this.#wheel.file, found, ...more });
  }

  /** Not where the source has been asked before: then all others have failed. */
  #hasAlternative(turn: number): boolean {
    const source = this.#sources[turn];
    return turn + 1 < this.#sources.length && source !== undefined && this.#sources.indexOf(source) === turn;
  }

  /** Of a single source, what it said; else what each said, with the code of the last. */
  #createFailure(): unknown {
    const last = this.#failures.at(-1);
    if (last === undefined) return new TypeError(`There is no source for "${this.#wheel.file}"`);
    if (this.#failures.length === 1) return last;
    // What a source that was asked twice said last.
    const failures = new Map(this.#failures.map((error, turn) => [this.#sources[turn], error]));
    const said = [...failures].map(([source, error]) => `${source?.name}: ${formatError(error)}`).join("; ");
    const { code, hint } = resolveError(last);
    const message = `Cannot fetch "${this.#wheel.file}": none of ${failures.size} sources has it whole (${said})`;
    return new TermiteError(code, message, { hint, cause: last });
  }
}
