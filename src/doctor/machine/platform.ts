// What kind of machine this is: one line of facts, wrong only where no build of termite exists for it.
import { formatPlatform } from "../../plugins/detect/platform.ts";
import type { Platform } from "../../plugins/detect/platform.ts";
import type { Verdict } from "../finding.ts";

export interface MachineFacts {
  platform: Platform;
  /** `uname -r`. */
  kernel: string;
  isContainer: boolean;
  isWsl: boolean;
}

/** `linux-x64, kernel 6.1.0-18-amd64, in a container`. */
export function resolvePlatform({ platform, kernel, isContainer, isWsl }: MachineFacts): Verdict {
  const places = [isContainer ? ", in a container" : "", isWsl ? ", on Windows Subsystem for Linux" : ""];
  return { status: "ok", found: `${formatPlatform(platform)}, kernel ${kernel}${places.join("")}` };
}
