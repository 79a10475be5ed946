/**
 * The worker that `NodeThreads.layer` runs when it is given no other: it serves the tasks of `Task.fromModule`.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import { runMain } from "./NodeRunner.ts"

runMain(Layer.empty)
