// Writes src/ffi/pjrt/layout.ts from the public PJRT header: `bun scripts/pjrt/derive-layout.ts HEADER`, run by hand.
import { join } from "node:path";
import { parseHeader } from "./c-header.ts";
import { formatLayout } from "./layout-source.ts";

const [file] = process.argv.slice(2);
if (file === undefined) throw new TypeError("Cannot derive the layout: found no header in the arguments");
const target = join(import.meta.dir, "../../src/ffi/pjrt/layout.ts");
await Bun.write(target, formatLayout(parseHeader(await Bun.file(file).text())));
