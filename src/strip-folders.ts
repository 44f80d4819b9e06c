// Paths in the words of native libraries, linkers and the system: of each only the last name is for people and clients.
// Takes time in proportion to the text, which may be anybody's.

/** `"/srv/a b/model.onnx"`, `'C:\a b\x.dll'`: between quotes a folder may hold blanks. */
const QUOTED = /(?<=(["']))(?:file:)?(?:[A-Za-z]:)?[\\/](?:(?!\1)[^\r\n])*[\\/](?=(?:(?!\1)[^\r\n\\/])+\1)/g;
/** What stands before the first name: `/`, `C:\`, `\\`, `file:///`; not in the middle of `a/b`, `./a`, `~/a` or `https://a`. */
const ROOT = /(?<![\p{L}\p{N}_./\\~-])(?:file:(?=\/)|[A-Za-z]:(?=[\\/])|\\(?=\\)|(?!(?<=:)\/\/)(?=\/))[\\/]+/u;
const NAME = /[^\s"'`:;,()[\]\\/]+/u;
/** `/srv/a/b.so`, `[/srv/a/b.so]`, `C:\a\b.dll`, `\\server\share\b.dll`, `file:///srv/a/b.so`. */
const BARE = new RegExp(`${ROOT.source}(?:${NAME.source}[\\\\/]+)+(?=${NAME.source})`, "gu");

/** Addresses of pages, relative paths and a lone `/name` stay. Blanks are known as part of a path only between quotes. */
export function stripFolders(text: string): string {
  return text.replaceAll(QUOTED, "").replaceAll(BARE, "");
}
