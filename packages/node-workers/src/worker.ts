/**
 * The default worker of `NodeThreads.layer` and `NodeProcesses.layer`, which serves the tasks of `Task.fromModule`.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import { runMain } from "./NodeRunner.ts"

runMain(Layer.empty)
