// How to start this program again as one of its hidden children.
import { isCompiled } from "../runtime/build-info.ts";

/** In the executable its own path is enough; run from source, Bun needs the entry file too. */
export function childCommand(name: string): string[] {
  return isCompiled() ? [process.execPath, name] : [process.execPath, Bun.main, name];
}
