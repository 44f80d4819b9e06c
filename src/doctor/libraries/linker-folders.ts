// The folders that the dynamic linker's configuration names. Pure.

/**
 * Of a file as ldconfig(8) reads it: `# Multiarch support`, `/usr/local/lib/x86_64-linux-gnu`, folders also in one line.
 * Files that it includes are not read: the one that every system includes, `ld.so.conf.d`, is listed by the caller.
 */
export function parseLinkerFolders(text: string): string[] {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim()).filter((line) => !/^(include|hwcap)\s/.test(line));
  return lines.flatMap((line) => line.split(/[\s:,]+/)).filter((path) => path.startsWith("/"));
}
