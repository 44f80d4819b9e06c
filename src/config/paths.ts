// Paths as people write them into settings: "~/models", "models", "/srv/models".
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Absolute. `~` alone or before a slash is the user's home; a relative path starts from `baseDir`. */
export function resolvePath(path: string, baseDir: string, userHome: string): string {
  if (path === "~") return userHome;
  return path.startsWith("~/") ? join(userHome, path.slice(2)) : resolve(baseDir, path);
}

/** `HOME`, else what the user database says. */
export function resolveUserHome(env: Readonly<Record<string, string>>): string {
  const home = env.HOME;
  return home === undefined || home === "" ? homedir() : home;
}
