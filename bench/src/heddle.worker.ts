import { NodeRunner } from "@heddle/node-workers"
import * as Effect from "effect/Effect"
import { Tiny } from "./tiny.ts"

NodeRunner.runMain(Tiny.toLayer((n) => Effect.succeed(n + 1)))
