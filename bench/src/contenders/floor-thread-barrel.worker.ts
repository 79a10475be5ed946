import { parentPort } from "node:worker_threads"
import { Effect } from "effect"

parentPort!.on("message", (n: number) => parentPort!.postMessage(Effect.runSync(Effect.succeed(n + 1))))
