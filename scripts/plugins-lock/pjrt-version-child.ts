// The child of `pjrt-version.ts`: loads one library, says its version, ends.
import { openPjrt } from "../../src/ffi/pjrt/api.ts";

const [path] = process.argv.slice(2);
if (path === undefined) throw new TypeError("Cannot ask a library for its version: found no path in the arguments");
process.stdout.write(`pjrt ${openPjrt(path).version}\n`);
process.exit(0);
