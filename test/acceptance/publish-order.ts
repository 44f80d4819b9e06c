// Reads what `strace -f -y` wrote of a process that publishes a plugin, and says what was not on the disk before the next
// step began. Pure.

export interface FileEvent {
  call: "fsync" | "rename" | "exchange";
  /** Of a rename: where it goes. */
  path: string;
  from?: string;
}

/** `123 fsync(5</tmp/x>) = 0`, and the two halves of one that another thread came between. */
const LINE = /^(\d+)\s+(.*)$/;
const FSYNC = /^(?:fsync|fdatasync)\(\d+<([^>]*)>/;
const RENAME = /^rename\w*\((?:AT_FDCWD(?:<[^>]*>)?, )?"([^"]*)", (?:AT_FDCWD(?:<[^>]*>)?, )?"([^"]*)"/;

/** An fsync stands where it ended, a rename where it began: so the order is never better than it was. */
export function parseFileEvents(log: string): FileEvent[] {
  const pending = new Map<string, FileEvent>();
  return log.split("\n").flatMap((line): FileEvent[] => {
    const [, pid = "", text = ""] = LINE.exec(line) ?? [];
    if (/^<\.\.\. f(?:data)?sync resumed>/.test(text)) {
      const event = pending.get(pid);
      return event !== undefined && text.endsWith("= 0") ? [event] : [];
    }
    const event = parseCall(text);
    if (event === undefined) return [];
    if (event.call !== "fsync") return [event];
    if (text.endsWith("<unfinished ...>")) pending.set(pid, event);
    return text.endsWith("= 0") ? [event] : [];
  });
}

function parseCall(text: string): FileEvent | undefined {
  const synced = FSYNC.exec(text)?.[1];
  if (synced !== undefined) return { call: "fsync", path: synced };
  const renamed = RENAME.exec(text);
  if (renamed === null) return undefined;
  const call = text.includes("RENAME_EXCHANGE") ? "exchange" : "rename";
  return { call, from: renamed[1] ?? "", path: renamed[2] ?? "" };
}

export interface PublishedTree {
  /** `plugins_dir/xla/cuda` */
  folder: string;
  /** Below `versions`. */
  version: string;
  /** Of the tree, as paths in it, "" for itself. */
  folders: readonly string[];
  /** Files became objects in this run. */
  objects: number;
  objectsFolder: string;
}

/** "files, folders, receipt, rename, fsync parent, flip", each step behind the one before: the first that is not. */
export function findDisorder(events: readonly FileEvent[], tree: PublishedTree): string | undefined {
  const versions = `${tree.folder}/versions`;
  const named = events.findIndex(({ call, path }) => call !== "fsync" && path === `${versions}/${tree.version}`);
  const staging = events[named]?.from;
  if (staging === undefined) return "the tree never got its name";
  const isSynced = (path: string, from: number, to: number): boolean =>
    events.slice(from, to).some((event) => event.call === "fsync" && event.path === path);
  const receipt = events.findIndex(({ call, path }) => call === "fsync" && path === `${staging}/receipt.json`);
  const flip = events.findIndex(({ call, path }) => call === "rename" && path === `${tree.folder}/current`);
  const objects = events.flatMap((event, index) => (event.path.startsWith(`${tree.objectsFolder}/`) && event.call === "rename" ? [{ ...event, index }] : []));
  const early = objects.find(({ from = "", index }) => !isSynced(from, 0, index));
  const unsynced = tree.folders.find((folder) => !isSynced(folder === "" ? staging : `${staging}/${folder}`, 0, receipt));
  const rules: [boolean, string][] = [
    [objects.length === tree.objects, `${objects.length} files became objects, not ${tree.objects}`],
    [early === undefined, `a file became the object "${early?.path}" before its bytes were on the disk`],
    [objects.every(({ index }) => index < named), "a file became an object after the tree had its name"],
    [receipt >= 0 && receipt < named, "the receipt was not on the disk before the tree got its name"],
    [unsynced === undefined, `the folder "${unsynced}" was not on the disk before the receipt`],
    [isSynced(staging, receipt, named), "the receipt's name was not on the disk before the tree got its name"],
    [flip > named, "current was flipped before the tree had its name"],
    [isSynced(versions, named, flip), "the tree's name was not on the disk before current was flipped"],
    [isSynced(tree.folder, flip, events.length), "the flip was not on the disk at the end"],
  ];
  return rules.find(([holds]) => !holds)?.[1];
}
