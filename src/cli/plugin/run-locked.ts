// What commands that change plugins share: configuration, Ctrl-C, and the lock that one change at a time has.
import type { Config } from "../../config/config.ts";
import { withInstallLock } from "../../plugins/store/install-lock.ts";
import type { Invocation } from "../command.ts";
import { openContext } from "../context.ts";
import { createInterrupt } from "../interrupt.ts";
import { writeMessage } from "../output.ts";

/** Runs `body` while nobody else changes plugins. */
export async function runLocked<T>(invocation: Invocation, body: (config: Config) => Promise<T>): Promise<T> {
  const { loaded } = await openContext(invocation, { quiet: true });
  const interrupt = createInterrupt();
  const { signal } = interrupt;
  const onWait = (): void => {
    if (invocation.flags["quiet"] !== true) writeMessage("waiting for another install to end\n");
  };
  try {
    return await interrupt.race(withInstallLock(loaded.config.pluginsDir, { signal, onWait }, () => body(loaded.config)));
  } finally {
    interrupt.close();
  }
}
