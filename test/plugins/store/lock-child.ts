// Children of the tests: one takes the install lock or holds a version until it is killed, one publishes for ever.
import { withInstallLock } from "../../../src/plugins/store/install-lock.ts";
import { holdVersion } from "../../../src/plugins/store/version-hold.ts";
import { createVersion, publishPlugin } from "./make-plugin.ts";

const [, , what = "", path = ""] = process.argv;

const say = (word: string): unknown => process.stdout.write(`${word}\n`);

if (what === "lock") {
  await withInstallLock(path, {}, async () => {
    say("locked");
    await Bun.sleep(60_000);
  });
} else if (what === "hold") {
  const hold = holdVersion(path);
  say("held");
  await Bun.sleep(60_000);
  hold.release();
} else {
  for (let turn = 0; ; turn++) {
    // Three in turn, the last one twice, so that a tree is also replaced by one of its own name.
    const version = ["1.0", "2.0", "3.0", "3.0"][turn % 4] ?? "";
    await withInstallLock(path, {}, () => publishPlugin(path, createVersion(version)));
    say(version);
  }
}
