// Which pieces travel with which call to the device machine, and what is run there. Pure. A call takes the whole working
// tree along, so what it may carry beside is what the tree leaves.

export interface DeviceLimits {
  /** Of one call: the working tree and everything that is carried. */
  travelBytes: number;
  /** Characters. */
  command: number;
  carryPaths: number;
  carryPathLength: number;
  /** Of one command. */
  seconds: number;
}

export const DEVICE_LIMITS: DeviceLimits = { travelBytes: 64 * 2 ** 20, command: 2000, carryPaths: 8, carryPathLength: 200, seconds: 600 };

export interface Piece {
  /** As it is called once it is unpacked: "termite.003". Packed, ".gz" behind it. */
  name: string;
  /** Packed. */
  sizeBytes: number;
  /** Packed. */
  sha256: string;
}

/** One file that travels in pieces. */
export interface Cargo {
  name: string;
  /** Of the whole; absent where the pieces stay as they are, as a bundle's parts do. */
  sha256?: string;
  pieces: readonly Piece[];
}

/** What is there once a stage's cargo is, and is run then. */
export interface Stage {
  title: string;
  cargo: readonly Cargo[];
  /** Behind it. */
  command: string;
}

export interface DeviceCall {
  title: string;
  command: string;
  /** Relative to the repository's root. */
  carry: readonly string[];
  timeoutSeconds: number;
  pieces: readonly Piece[];
  /** Whose last piece is among them. */
  completes: readonly Cargo[];
}

/** Where the pieces of a call lie, and nothing else: ignored by git, so that a call takes along only its own. */
export const CALLS_FOLDER = "dist/device/calls";

export const formatCallNumber = (number: number): string => String(number).padStart(3, "0");

/** `budgetBytes`: what the tree leaves. Throws where a piece alone is more. */
export function planCalls(stages: readonly Stage[], budgetBytes: number): DeviceCall[] {
  const loads = stages.map((stage) => fillLoads(stage, budgetBytes));
  const count = loads.reduce((sum, { length }) => sum + length, 0);
  let number = 0;
  return stages.flatMap((stage, i) => {
    const carrying = (loads[i] ?? []).map((pieces) => createCarryingCall({ stage, pieces, number: ++number, count }));
    return [...carrying, { title: stage.title, command: stage.command, carry: [], timeoutSeconds: DEVICE_LIMITS.seconds, pieces: [], completes: [] }];
  });
}

/** In order, each as full as it goes: a cargo that is whole early can be looked at early. */
function fillLoads({ cargo }: Stage, budgetBytes: number): Piece[][] {
  const loads: Piece[][] = [];
  let left = 0;
  for (const piece of cargo.flatMap(({ pieces }) => pieces)) {
    if (piece.sizeBytes > budgetBytes) throw new RangeError(`Cannot carry "${piece.name}": found ${piece.sizeBytes} bytes, a call has room for ${budgetBytes}`);
    const load = left < piece.sizeBytes ? undefined : loads.at(-1);
    if (load === undefined) loads.push([piece]);
    else load.push(piece);
    left = (load === undefined ? budgetBytes : left) - piece.sizeBytes;
  }
  return loads;
}

interface CarryingCall {
  stage: Stage;
  pieces: readonly Piece[];
  number: number;
  count: number;
}

const CARRY_SECONDS = 180;

function createCarryingCall({ stage, pieces, number, count }: CarryingCall): DeviceCall {
  const name = formatCallNumber(number);
  const completes = stage.cargo.filter(({ pieces: all }) => pieces.some((piece) => piece === all.at(-1)));
  return {
    title: `carry ${number} of ${count}: ${pieces[0]?.name} to ${pieces.at(-1)?.name}`,
    command: `bash bench/device/arrive.sh ${name}`,
    carry: [`${CALLS_FOLDER}/${name}`],
    timeoutSeconds: CARRY_SECONDS,
    pieces, completes,
  };
}

/** What the machine's tool would refuse, in words; empty where it would not. */
export function checkCall(call: DeviceCall, treeBytes: number, limits: DeviceLimits = DEVICE_LIMITS): string[] {
  const travelBytes = call.pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, treeBytes);
  const longest = Math.max(0, ...call.carry.map(({ length }) => length));
  const found: [string, number, number][] = [
    ["characters of command", call.command.length, limits.command],
    ["carried paths", call.carry.length, limits.carryPaths],
    ["characters of a carried path", longest, limits.carryPathLength],
    ["bytes that travel", travelBytes, limits.travelBytes],
    ["seconds", call.timeoutSeconds, limits.seconds],
  ];
  return found.flatMap(([what, is, most]) => (is > most ? [`"${call.title}": found ${is} ${what}, at most ${most}`] : []));
}

/** For `sha256sum -c`, in the folder of the call. */
export const formatSums = ({ pieces }: DeviceCall): string => pieces.map(({ sha256, name }) => `${sha256}  ${name}.gz\n`).join("");

/** `<sha256 or -> <pieces> <name>` of each cargo that is whole with this call. */
export const formatWhole = ({ completes }: DeviceCall): string =>
  completes.map(({ sha256 = "-", pieces, name }) => `${sha256} ${pieces.length} ${name}\n`).join("");
