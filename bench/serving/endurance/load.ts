// Starts a load client as a process of its own and waits for its report.
import { join } from "node:path";
import type { LoadPlan, LoadReport } from "./load-plan.ts";

const CLIENT = join(import.meta.dir, "load-client.ts");

export async function runLoad(plan: LoadPlan): Promise<LoadReport> {
  const child = Bun.spawn([process.execPath, CLIENT, JSON.stringify(plan)], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [report, errors, code] = await Promise.all([
    new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited,
  ]);
  if (code !== 0) throw new Error(`The load client ended with ${code}: ${errors.trim()}`);
  return JSON.parse(report);
}
