import type { System } from "../system.ts"
import { effectRpc } from "./effect-rpc.ts"
import { heddle } from "./heddle.ts"
import { piscina } from "./piscina.ts"
import { poolifier } from "./poolifier.ts"
import { tinypool } from "./tinypool.ts"
import { workerpool } from "./workerpool.ts"

export const systems: ReadonlyArray<System> = [
  ...heddle,
  ...piscina,
  ...tinypool,
  ...workerpool,
  ...poolifier,
  ...effectRpc
]
