import { describe, expect, test } from "bun:test";
import { runMain } from "./run-child.ts";

describe("runCli()", () => {
  test("prints the root's help to stderr with exit code 2 when there is no command", async () => {
    const { exitCode, stdout, stderr } = await runMain([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("USAGE\n  termite <command> [flags] [arguments]\n");
  });

  test.each(["version --help", "version -h", "help version"])("prints a command's help for %s", async (line) => {
    const { exitCode, stdout, stderr } = await runMain(line.split(" "));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("EXAMPLES\n  termite version\n      one line for a person");
  });

  test.each(["--help version", "-h version"])("prints a command's help for %s", async (line) => {
    expect((await runMain(line.split(" "))).stdout).toContain("EXAMPLES");
  });

  test("prints the root's help for help alone", async () => {
    const { exitCode, stdout } = await runMain(["help"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("USAGE\n  termite <command> [flags] [arguments]\n");
  });

  test.each(["plugin --help", "plugin -h", "--help plugin", "help plugin"])("prints the commands of the group for %s", async (line) => {
    const { exitCode, stdout } = await runMain(line.split(" "));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^PLUGINS\n {2}plugin list {6}engines: /);
    expect(stdout).not.toContain("termite serve");
    expect(stdout).not.toContain("embed");
  });

  test("refuses an unknown flag also beside --help when there is no command", async () => {
    expect((await runMain(["--help", "--ofline"])).exitCode).toBe(2);
  });

  test("names an unknown flag when there is no command", async () => {
    expect(await runMain(["--ofline"])).toEqual({
      exitCode: 2, stdout: "", stderr: 'error: Cannot run "termite": unknown flag "--ofline"\nhint: Did you mean "--offline"?\n',
    });
  });

  test("shows the stack only with --debug", async () => {
    const plain = await runMain(["nothing"]);
    const message = 'error: Cannot run "termite nothing": no such command\nhint: termite --help\n';
    expect(plain).toEqual({ exitCode: 2, stdout: "", stderr: message });
    const { stderr } = await runMain(["nothing", "--debug"]);
    expect(stderr.startsWith(message)).toBe(true);
    expect(stderr).toMatch(/\n {4}at .+tree\.ts/);
  });
});
