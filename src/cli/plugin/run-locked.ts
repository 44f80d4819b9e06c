// What commands that change plugins share: configuration, Ctrl-C, and the lock that one change at a time has.
import type { Config } from "../../config/config.ts";
import type { PluginName } from "../../plugins/catalog/lock.ts";
import { readOwner } from "../../plugins/search/ownership.ts";
import { withInstallLock } from "../../plugins/store/install-lock.ts";
import { checkWriteAccess } from "../../plugins/store/write-access.ts";
import type { Invocation } from "../command.ts";
import { openContext } from "../context.ts";
import type { Context } from "../context.ts";
import { createInterrupt } from "../interrupt.ts";
import { writeMessage } from "../output.ts";

/**
 * Runs `body`, which changes `plugins`, while nobody else changes any. Throws `plugin_refused` where somebody else could
 * change them as well, before anything is touched.
 */
export async function runLocked<T>(
  invocation: Invocation,
  plugins: readonly PluginName[],
  body: (config: Config, environment: Context["environment"]) => Promise<T>,
): Promise<T> {
  const { loaded, environment } = await openContext(invocation, { quiet: true });
  const { pluginsDir } = loaded.config;
  for (const plugin of plugins) checkWriteAccess({ pluginsDir, plugin, owner: readOwner() });
  const interrupt = createInterrupt();
  const { signal } = interrupt;
  const onWait = (): void => {
    if (invocation.flags["quiet"] !== true) writeMessage("waiting for another install to end\n");
  };
  try {
    return await interrupt.race(withInstallLock(pluginsDir, { signal, onWait }, () => body(loaded.config, environment)));
  } finally {
    interrupt.close();
  }
}
