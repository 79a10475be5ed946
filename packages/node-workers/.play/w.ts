import { NodeRunner } from "@heddle/node-workers"
import * as Effect from "effect/Effect"
import { Sq } from "./t.ts"
NodeRunner.runMain(Sq.toLayer(({ n }) => Effect.succeed(n * n)))
