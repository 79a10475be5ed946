import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { TypeId } from "../../../src/internal/model/definition.ts"
import { resolve, toMillis } from "../../../src/internal/model/options.ts"
import { own } from "../../../src/internal/model/own.ts"
import { resolvePolicy } from "../../../src/internal/model/policy.ts"
import * as Supervisor from "../../../src/Supervisor.ts"
import * as Task from "../../../src/Task.ts"
import { unmoved } from "../../support/polluted.ts"

const pool = {
  size: 7,
  restarts: { intensity: 0 },
  recycle: { tasks: 1 },
  spares: 3,
  concurrency: 9,
  queue: { capacity: 0, strategy: "reject" },
  grace: 1,
  terminateTimeout: 1,
  startTimeout: 1,
  silence: 1,
  onClose: "drain",
  drainTimeout: 1,
  references: [],
  capacity: 0,
  strategy: "reject",
  order: "lifo",
  min: 0,
  max: 1,
  idle: 1,
  intensity: 0,
  period: 1,
  backoff: { base: 1 },
  base: 1,
  factor: 9,
  cap: 1,
  jitter: 0.9,
  tasks: 1,
  age: 1,
  heap: 1,
  rss: 1,
  every: 1,
  soft: 1,
  hard: 1
}

describe("options without what they inherit", () => {
  it("a missing option of a pool is the default: S223, G10", () => {
    unmoved(pool, () => resolve({}, 4))
    unmoved({ idle: 1 }, () => resolve({ size: { min: 1, max: 2 } }, 4))
    unmoved(pool, () => resolve({ queue: {}, restarts: { backoff: {} }, recycle: { heap: {} } }, 4))
  })

  it("a missing option of a task is the default: S223, G10", () => {
    const policy = {
      idempotent: true,
      timeout: 1,
      queueTimeout: 1,
      priority: -5,
      grace: 1,
      validate: "none",
      needsProcess: true,
      span: true
    }
    unmoved(policy, () => resolvePolicy({}))
    const schemas = { payload: Schema.Int, success: Schema.Int, error: Schema.String }
    const define = () => {
      const { error, payload, policy: resolved, success } = Task.make("T")[TypeId]
      return { error: error.ast._tag, payload: payload.ast._tag, success: success.ast._tag, resolved }
    }
    unmoved({ ...policy, ...schemas }, define)
  })

  it("a missing option of a supervisor is the default: S223, G10", () => {
    const options = {
      restart: "temporary",
      shutdown: "brutal",
      significant: true,
      strategy: "oneForAll",
      max: 1
    }
    const spec = () => {
      const { restart, shutdown, significant, strategy } = Supervisor.tree({ id: "a", children: [] }) as any
      return { restart, shutdown, significant, strategy }
    }
    unmoved({ ...options, intensity: 0, period: 1, autoShutdown: "any" }, spec)
  })

  it("a duration has the parts that it was given: S223, G10", () => {
    unmoved({ minutes: 5, hours: 1 }, () => toMillis("grace", { seconds: 1 }))
    assert.strictEqual(toMillis("grace", { seconds: 1 }), 1000)
    assert.strictEqual(toMillis("grace", Duration.seconds(1)), 1000)
  })

  it("a value that is no object of options passes through: S223", () => {
    for (const value of [undefined, null, 3, "x", [1]]) assert.strictEqual(own(value), value)
    assert.isNull(Object.getPrototypeOf(own({})))
    assert.deepStrictEqual(
      { ...own(Object.create({ a: 1 }, { b: { value: 2, enumerable: true } })) },
      { b: 2 }
    )
  })
})
