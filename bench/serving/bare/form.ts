// The forms that the bare engine can take. The bench tries several for each cell and measures against the best.

export interface BareForm {
  /** Runs at once, each on a thread of its own, all on one session. 0: on the thread that reads the texts. */
  workers: number;
  /** Threads of one run. */
  intraOp: number;
  /** Bound of a batch's padded cost, `longest x count`; a longer text runs alone. */
  maxTokens: number;
  /** Of a batch, how much padding there may be for 100 tokens. */
  paddingPercent: number;
  /** Batches that lie ready at each Worker while it runs another. */
  ahead: number;
}

/** "2x1:256~5+1": two Workers, one thread each, 256 tokens a batch, 5 % padding, one batch ahead. */
export const formatForm = ({ workers, intraOp, maxTokens, paddingPercent, ahead }: BareForm): string =>
  `${workers}x${intraOp}:${maxTokens}~${paddingPercent}${ahead > 0 ? `+${ahead}` : ""}`;

export function parseForm(text: string): BareForm {
  const [, workers, intraOp, maxTokens, paddingPercent, ahead = "0"] = /^(\d+)x(\d+):(\d+)~(\d+)(?:\+(\d+))?$/.exec(text) ?? [];
  if (paddingPercent === undefined) throw new TypeError(`Cannot take form "${text}": need one as "2x1:256~5" or "2x1:256~5+1"`);
  return {
    workers: Number(workers), intraOp: Number(intraOp), maxTokens: Number(maxTokens), paddingPercent: Number(paddingPercent), ahead: Number(ahead),
  };
}
