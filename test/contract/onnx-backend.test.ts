// The contract on the real engine: libonnxruntime as the npm package brings it.
import { openOnnxBackend } from "../../src/backends/onnx/open-backend.ts";
import { LIBRARY_PATH } from "../fixtures/onnxruntime.ts";
import { describeBackend } from "./backend.ts";

describeBackend("onnx", () => openOnnxBackend({ libraryPath: LIBRARY_PATH, cores: 2 }));
