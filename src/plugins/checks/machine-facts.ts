// What the checks before an install look at, gathered by whoever composes the program.
import type { Hardware } from "../detect/hardware.ts";
import type { Libstdcxx } from "../detect/libstdcxx.ts";
import type { Platform } from "../detect/platform.ts";
import type { Owner, Permissions } from "../search/ownership.ts";

/** A folder that is there. */
export interface ExistingFolder extends Permissions {
  path: string;
  isFolder: boolean;
  /** By this user. */
  isWritable: boolean;
}

export interface MachineFacts {
  platform: Platform;
  hardware: Hardware;
  /** The libraries below are those of a tree that stands for a machine: what it lacks is not known. */
  isReplaced: boolean;
  /** "2.36"; absent where it cannot be told. */
  glibc?: string | undefined;
  libstdcxx?: Libstdcxx | undefined;
  pluginsDir: string;
  /** `pluginsDir` and the folders in it that an install writes to, as far as they are there; else the nearest one above. */
  folders: readonly ExistingFolder[];
  /** The mount point of its file system, when code from there cannot be mapped. */
  noexecMount?: string | undefined;
  freeBytes: number;
  /** This user; absent on Windows. */
  owner: Owner | undefined;
}
