/** What the specs of the host's modules stand on: real tasks, a clock that the test winds, and workers made of fields. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type CallLimits, ServedTasks } from "../../../src/internal/host/dispatch/ServedTask.ts"
import { make as makeSignals } from "../../../src/internal/host/signals.ts"
import { HostTask, type Holder, type OnSettled } from "../../../src/internal/host/tasks/HostTask.ts"
import { TaskLifecycle } from "../../../src/internal/host/tasks/TaskLifecycle.ts"
import type { HostWorker } from "../../../src/internal/host/worker/HostWorker.ts"
import {
  defaultPolicy,
  type TaskDefinition,
  type TaskPolicy
} from "../../../src/internal/model/definition.ts"
import type { PoolSettings } from "../../../src/internal/model/options.ts"
import type { ServicePorts } from "../../../src/internal/model/service.ts"
import type { Timers } from "../../../src/internal/shared/Timers.ts"

interface Armed {
  readonly at: number
  readonly fire: () => void
  readonly onDue: (() => void) | undefined
}

/** Limits fall due when the test says that time passes. */
export const makeClock = () => {
  let now = 0
  const armed = new Set<Armed>()
  const limit = (millis: number, fire: () => void, onDue?: () => void) => {
    const one = { at: now + millis, fire, onDue }
    if (millis !== Infinity) armed.add(one)
    return () => void armed.delete(one)
  }
  return {
    timers: { now: () => now, after: limit, limit } as unknown as Timers,
    /** How many limits are armed. */
    armed: () => armed.size,
    /** `meanwhile`: what is heard between the moment a limit falls due and its judgement. */
    pass: (millis: number, meanwhile = () => {}) => {
      now += millis
      const due = [...armed].filter(({ at }) => at <= now)
      for (const one of due) one.onDue?.()
      meanwhile()
      for (const one of due) if (armed.delete(one)) one.fire()
    }
  }
}

/** For pools without services. */
export const noServices: ServicePorts = { call: () => Effect.die("no services"), view: () => undefined }

export const definitionOf = (name: string, policy: Partial<TaskPolicy> = {}): TaskDefinition => ({
  name,
  payload: Schema.Any,
  success: Schema.Number,
  error: Schema.String,
  policy: { ...defaultPolicy, ...policy },
  module: undefined
})

export interface TaskParts {
  readonly id?: number
  readonly name?: string
  readonly policy?: Partial<TaskPolicy>
  readonly payload?: unknown
  readonly transfer?: Array<ArrayBuffer>
  readonly items?: number
  readonly limits?: Partial<CallLimits>
  readonly onSettled?: OnSettled
}

/** A task that nobody has admitted. */
export const makeTask = (parts: TaskParts = {}, servedTasks = new ServedTasks(5)): HostTask => {
  const { id = 1, items, limits, name = "T", onSettled, payload, policy, transfer } = parts
  const served = servedTasks.of(definitionOf(name, policy))
  return new HostTask(
    id,
    served,
    { ...served.callLimits, ...limits },
    payload,
    transfer,
    undefined,
    items,
    { cache: {} } as never,
    onSettled ?? (() => {})
  )
}

export const makeHolder = (parts: Partial<Holder> = {}): Holder => ({
  id: 7,
  revoke: () => false,
  claimOf: () => "claimed",
  ask: () => {},
  escalate: () => {},
  release: () => {},
  suspect: () => {},
  tell: () => {},
  move: () => true,
  rest: () => {},
  hear: () => {},
  ...parts
})

/** A pool's lifecycle and signals, without the pool. */
export const makeLifecycle = () => {
  const clock = makeClock()
  const signals = makeSignals<HostWorker>()
  const thrown: Array<unknown> = []
  const lifecycle = new TaskLifecycle({ order: "fifo" } as PoolSettings, clock.timers, signals, {
    guard: (_, f) => f(),
    threw: (whose, _, cause) => thrown.push([whose, cause])
  })
  /** A task that was admitted and is where its state says; it tells how it was settled. */
  const admit = (parts: TaskParts = {}, servedTasks?: ServedTasks) => {
    const task = makeTask(parts, servedTasks)
    lifecycle.admit(task)
    return task
  }
  /** The same, held by a worker. */
  const send = (holder: Holder, parts: TaskParts = {}) => {
    const task = admit(parts)
    lifecycle.step(task, "dispatch")
    task.holder = holder
    task.lastWorker = holder.id
    return task
  }
  return { admit, clock, lifecycle, send, signals, thrown }
}
