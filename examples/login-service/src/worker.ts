import * as NodeRunner from "@heddle/node-workers/NodeRunner"
import * as Effect from "effect/Effect"
import { scrypt } from "./scrypt.ts"
import { HashPassword } from "./tasks.ts"

NodeRunner.runMain(HashPassword.toLayer((payload) => Effect.sync(() => scrypt(payload))))
