/**
 * The data common to all calls of a task on a pool: looked up once per call, made once per task.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codecOf, type TaskCodec } from "../../../protocol/values/Codec.ts"
import type { CallData } from "../../../protocol/messages/Call.ts"
import { defaultPolicy, type TaskDefinition, type TaskPolicy } from "../../model/definition.ts"
import { Measure } from "../../model/measure.ts"
import { moduleKey } from "../../model/module.ts"
import type { Ports } from "../../model/ports.ts"

/** The part of a task's policy which a call may override. Times in milliseconds. */
export interface CallLimits {
  /** An integer; smaller runs sooner. */
  readonly priority: number
  readonly grace: number
  readonly runLimit: number
  readonly queueLimit: number
  readonly deadline: number
  readonly onInterrupt: "wait" | "abandon"
}

export interface ServedTask {
  /** Replaces the task's name in frames. */
  readonly number: number
  readonly definition: TaskDefinition
  readonly codec: TaskCodec
  readonly measure: Measure
  /** The limits of a call without options. */
  readonly callLimits: CallLimits
  /** The host's side of the channels of this pool. */
  readonly ports: Ports | undefined
}

const anything = Schema.Any

/** The served tasks of a pool. */
export class ServedTasks {
  private readonly grace: number
  private readonly ports: Ports | undefined
  private readonly byDefinition = new WeakMap<TaskDefinition, ServedTask>()
  // Definitions made repeatedly, for example in a loop, share the entry of their name or module.
  private readonly byKey = new Map<string, { readonly number: number; readonly measure: Measure }>()
  private readonly called = new Map<string, TaskDefinition>()
  private readonly measures: Array<Measure> = []
  private latest: ServedTask | undefined

  constructor(grace: number, ports?: Ports) {
    this.grace = grace
    this.ports = ports
  }

  of(definition: TaskDefinition): ServedTask {
    if (this.latest?.definition === definition) return this.latest
    let served = this.byDefinition.get(definition)
    if (served === undefined) this.byDefinition.set(definition, (served = this.make(definition)))
    this.latest = served
    return served
  }

  /**
   * Returns the served task of a nested call. The calling worker encodes the payload and decodes the outcome; the host passes
   * both through.
   */
  ofCall({ idempotent, module, name }: Pick<CallData, "idempotent" | "module" | "name">): ServedTask {
    const key = `${idempotent ? "again" : "once"} ${module === undefined ? name : moduleKey(module)}`
    let definition = this.called.get(key)
    if (definition === undefined) {
      const policy: TaskPolicy = { ...defaultPolicy, idempotent, validate: "none" }
      definition = { name, payload: anything, success: anything, error: anything, policy, module }
      this.called.set(key, definition)
    }
    return this.of(definition)
  }

  /** Returns the measure of a task number sent by a worker; `undefined` for an unknown number. */
  measureOf(number: number): Measure | undefined {
    return this.measures[number]
  }

  private make(definition: TaskDefinition): ServedTask {
    const { module, name, policy } = definition
    const key = module === undefined ? name : moduleKey(module)
    let shared = this.byKey.get(key)
    if (shared === undefined) {
      this.byKey.set(key, (shared = { number: this.measures.length, measure: new Measure() }))
      this.measures.push(shared.measure)
    }
    const callLimits: CallLimits = {
      priority: policy.priority,
      grace: policy.grace ?? this.grace,
      runLimit: policy.timeout,
      queueLimit: policy.queueTimeout,
      deadline: Infinity,
      onInterrupt: "wait"
    }
    return { ...shared, definition, codec: codecOf(definition), callLimits, ports: this.ports }
  }
}
