import { NodeRunner } from "@heddle/node-workers"
import * as Effect from "effect/Effect"
import { add } from "../injections.ts"
import { Add } from "./heddle.tasks.ts"

NodeRunner.runMain(Add.toLayer((n) => Effect.sync(() => add(n))))
