/**
 * The handlers of the conformance tasks: what every worker of a transport under test serves.
 *
 * @since 0.1.0
 */
import { RunnerEndpoint } from "@heddle/core/RunnerEndpoint"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as cancelTasks from "./cancel.tasks.ts"
import * as closeTasks from "./close.tasks.ts"
import { startOf, type TransportOptions, slowMillis } from "./Harness.ts"
import * as mapTasks from "./map.tasks.ts"
import * as queueTasks from "./queue.tasks.ts"
import { Saboteur } from "./Saboteur.ts"
import * as scopeTasks from "./scope.tasks.ts"
import * as Signal from "./Signal.ts"
import * as Tasks from "./tasks.ts"
import * as timeTasks from "./time.tasks.ts"
import * as wireTasks from "./wire.tasks.ts"

/** The number of the worker that a layer is built in. */
const workerNumber: Effect.Effect<number> = Effect.map(
  Effect.serviceOption(RunnerEndpoint),
  Option.match({ onNone: () => 0, onSome: (endpoint) => endpoint.start.generation })
)
