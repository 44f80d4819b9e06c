// A child of write-access.test.ts: what it says as another user.
import { TermiteError } from "../../../src/errors.ts";
import { readOwner } from "../../../src/plugins/search/ownership.ts";
import { checkWriteAccess } from "../../../src/plugins/store/write-access.ts";

try {
  checkWriteAccess({ pluginsDir: process.argv[2] ?? "", owner: readOwner() });
  console.log("accepted");
} catch (error) {
  if (!(error instanceof TermiteError)) throw error;
  console.log(`${error.code} ${error.message}`);
}
