import { NodeRunner } from "@heddle/node-workers"
import * as Effect from "effect/Effect"
import { scrypt } from "./scrypt.ts"
import { HashPassword } from "./tasks.ts"

NodeRunner.runMain(HashPassword.toLayer((payload) => Effect.sync(() => scrypt(payload))))
