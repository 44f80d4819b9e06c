// A child of check-publish.ts: publishes one version of a small plugin into the folder that it is given.
import { withInstallLock } from "../../src/plugins/store/install-lock.ts";
import { createVersion, publishPlugin } from "../plugins/store/make-plugin.ts";

const [, , pluginsDir = "", version = ""] = process.argv;
await withInstallLock(pluginsDir, {}, () => publishPlugin(pluginsDir, createVersion(version)));
