// Prints by how many bytes the PJRT binding lifts the floor of memory: "execute" (of which half fail) or "serialize".
import { createClient } from "../../../src/ffi/pjrt/client.ts";
import { measureFloorGrowth } from "../../fixtures/floor-growth.ts";
import { createAddition, createProgram, floats, openTestPlugin } from "../../fixtures/pjrt-plugin.ts";

const TYPE = "tensor<2x2xf32>";
const TWO_RESULTS = createProgram(TYPE, `%c = stablehlo.add %a, %b : ${TYPE}
      %d = stablehlo.multiply %a, %b : ${TYPE}`, "%c, %d");

const client = createClient(openTestPlugin());
let failures = 0;
const fail = (work: () => unknown): void => {
  try {
    work();
  } catch {
    failures += 1;
  }
};

function measureExecute(): number {
  const executable = client.compile(TWO_RESULTS);
  const input = client.upload(floats([2, 2], [1, 2, 3, 4]));
  return measureFloorGrowth(() => {
    for (let i = 0; i < 5000; i++) {
      fail(() => executable.execute([input]));
      if (i % 10 === 0) fail(() => client.compile("nonsense"));
      executable.execute([input, input]).forEach((result) => result.close());
    }
  });
}

function measureSerialize(): number {
  const executable = client.compile(createAddition("tensor<2xf32>"));
  return measureFloorGrowth(() => {
    for (let i = 0; i < 500; i++) executable.serialize();
  });
}

const growth = process.argv[2] === "serialize" ? measureSerialize() : measureExecute();
process.stdout.write(JSON.stringify({ growth, failures }));
