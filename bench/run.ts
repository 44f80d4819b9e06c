// `bun run bench [start|install|xla|device|serving|endurance] [flags]`: runs one folder of benches on the compiled file. By hand only; no test asserts speed.

export const BENCHES: Readonly<Record<string, () => Promise<unknown>>> = {
  start: () => import("./start/run.ts"),
  install: () => import("./install/run.ts"),
  xla: () => import("./xla/run.ts"),
  device: () => import("./device/run.ts"),
  serving: () => import("./serving/run.ts"),
  endurance: () => import("./serving/endurance/run.ts"),
};

const [name = "start"] = process.argv.slice(2);
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (bench === undefined) throw new Error(`Cannot run bench "${name}": need one of ${Object.keys(BENCHES).join(", ")}`);
process.argv.splice(2, 1);
await bench();
