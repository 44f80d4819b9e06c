import { describe, expect, test } from "bun:test";
import { findOwnershipProblem } from "../../../src/plugins/search/ownership.ts";

const ANN = { uid: 1000, gid: 1000 };
const STAFF = { uid: 1000, gid: 50 };
const ROOT = { uid: 0, gid: 0 };

describe("findOwnershipProblem()", () => {
  test.each([
    ["the user's own", { uid: 1000, gid: 1000, mode: 0o40700 }, ANN],
    ["root's, read by all", { uid: 0, gid: 0, mode: 0o100644 }, ANN],
    ["writable by the user's private group", { uid: 1000, gid: 1000, mode: 0o40775 }, ANN],
    ["root's own as root", { uid: 0, gid: 0, mode: 0o40755 }, ROOT],
  ] as const)("finds nothing wrong when it is %s", (_, permissions, owner) => {
    expect(findOwnershipProblem("/p", permissions, owner)).toBeUndefined();
  });

  test.each([
    [{ uid: 1001, gid: 1000, mode: 0o40700 }, ANN, 'found "/p" owned by user 1001, need user 1000 or root: chown 1000 "/p"'],
    [{ uid: 1001, gid: 1001, mode: 0o40700 }, ROOT, 'found "/p" owned by user 1001, need root: chown 0 "/p"'],
    [{ uid: 1000, gid: 1000, mode: 0o41777 }, ANN, 'found "/p" writable by others: chmod o-w "/p"'],
    [{ uid: 0, gid: 0, mode: 0o100666 }, ANN, 'found "/p" writable by others: chmod o-w "/p"'],
    [{ uid: 0, gid: 50, mode: 0o42775 }, ANN, 'found "/p" writable by group 50, which is not your private group: chmod g-w "/p"'],
    [{ uid: 1000, gid: 50, mode: 0o40770 }, STAFF, 'found "/p" writable by group 50, which is not your private group: chmod g-w "/p"'],
    // The number alone makes no group private: user 100 need not be the only one in group 100.
    [{ uid: 100, gid: 100, mode: 0o40770 }, { uid: 100, gid: 65534 }, 'found "/p" writable by group 100, which is not your private group: chmod g-w "/p"'],
    [{ uid: 0, gid: 0, mode: 0o40775 }, ANN, 'found "/p" writable by group 0, which is not your private group: chmod g-w "/p"'],
  ] as const)("names the problem and the remedy when it is %p and the user %p", (permissions, owner, problem) => {
    expect(findOwnershipProblem("/p", permissions, owner)).toBe(problem);
  });
});
