import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import { defaults, defaultsTable } from "../../../src/internal/model/defaults.ts"
import { InvalidOption } from "../../../src/InvalidOption.ts"
import {
  checkRunOptions,
  type PoolOptions,
  resolve,
  toCount,
  toMillis,
  toPriority
} from "../../../src/internal/model/options.ts"
import { resolvePolicy } from "../../../src/internal/model/policy.ts"
import * as Task from "../../../src/Task.ts"

const invalid = (f: () => unknown): InvalidOption => {
  try {
    const value = f()
    return assert.fail(`it was taken for ${String(value)}`)
  } catch (error) {
    assert.instanceOf(error, InvalidOption)
    return error
  }
}

describe("options of a pool", () => {
  it("nothing said: every default, and the size that the transport reports", () => {
    assert.deepStrictEqual(resolve({}, 6), {
      name: "@heddle/core/TaskPool",
      size: { min: 6, max: 6, idle: Infinity },
      restarts: {
        intensity: 5,
        period: 10_000,
        backoff: { base: 50, factor: 2, cap: 2000, jitter: 0.2 }
      },
      recycle: {
        tasks: Infinity,
        age: Infinity,
        heap: { soft: Infinity, hard: Infinity },
        rss: { soft: Infinity, hard: Infinity },
        every: 1000
      },
      spares: 0,
      concurrency: 1,
      capacity: 1024,
      strategy: "suspend",
      order: "fifo",
      grace: 1000,
      terminateTimeout: 1000,
      startTimeout: 10_000,
      silence: 1000,
      stuck: { replace: undefined },
      onClose: "interrupt",
      drainTimeout: 30_000,
      references: []
    })
  })

  it("an option that is undefined is the default", () => {
    const unset: PoolOptions = {
      size: undefined,
      restarts: { intensity: undefined, period: undefined, backoff: undefined },
      recycle: { tasks: undefined, age: undefined },
      spares: undefined,
      concurrency: undefined,
      queue: { capacity: undefined, strategy: undefined, order: undefined },
      grace: undefined,
      terminateTimeout: undefined,
      startTimeout: undefined,
      silence: undefined,
      stuck: undefined,
      onClose: undefined,
      drainTimeout: undefined,
      references: undefined
    }
    assert.deepStrictEqual(resolve(unset, 2), resolve({}, 2))
    assert.deepStrictEqual(resolve({ queue: undefined }, 2), resolve({}, 2))
  })

  it("everything said is taken", () => {
    const settings = resolve(
      {
        size: { min: 0, max: 3, idle: "1 second" },
        restarts: {
          intensity: 0,
          period: "1 minute",
          backoff: { base: 1, factor: 1, cap: "1 second", jitter: 0 }
        },
        recycle: { tasks: 3, age: "1 hour", heap: 5, rss: { hard: 7 }, every: 50 },
        spares: 1,
        concurrency: 2,
        queue: { capacity: 0, strategy: "shed-oldest", order: "lifo" },
        grace: "infinity",
        terminateTimeout: Duration.seconds(2),
        startTimeout: 5,
        silence: "infinity",
        stuck: { replace: 3 },
        onClose: "finish",
        drainTimeout: "1 minute",
        references: []
      },
      8
    )
    assert.deepStrictEqual(settings, {
      name: "@heddle/core/TaskPool",
      size: { min: 0, max: 3, idle: 1000 },
      restarts: {
        intensity: 0,
        period: 60_000,
        backoff: { base: 1, factor: 1, cap: 1000, jitter: 0 }
      },
      recycle: {
        tasks: 3,
        age: 3_600_000,
        heap: { soft: 5, hard: Infinity },
        rss: { soft: Infinity, hard: 7 },
        every: 50
      },
      spares: 1,
      concurrency: 2,
      capacity: 0,
      strategy: "shed-oldest",
      order: "lifo",
      grace: Infinity,
      terminateTimeout: 2000,
      startTimeout: 5,
      silence: Infinity,
      stuck: { replace: 3 },
      onClose: "finish",
      drainTimeout: 60_000,
      references: []
    })
  })

  it("the bounds themselves are taken", () => {
    assert.strictEqual(resolve({ size: 1 }, 8).size.max, 1)
    assert.strictEqual(resolve({ size: 1024 }, 8).size.min, 1024)
    assert.strictEqual(resolve({ concurrency: 10_000 }, 8).concurrency, 10_000)
    assert.strictEqual(resolve({ queue: { capacity: 0 } }, 8).capacity, 0)
    assert.strictEqual(resolve({ queue: { capacity: 10_000_000 } }, 8).capacity, 10_000_000)
    assert.strictEqual(resolve({ grace: 0 }, 8).grace, 0)
  })

  const wrong: ReadonlyArray<readonly [option: string, options: unknown]> = [
    ...[0, -1, 1.5, NaN, Infinity, 1025, "4", true, 4n].map((size) => ["size", { size }] as const),
    ...[-1, 0.5, NaN, 1025, "1"].map((spares) => ["spares", { spares }] as const),
    ...[0, -1, 1.5, NaN, 10_001, "1"].map((concurrency) => ["concurrency", { concurrency }] as const),
    ...[-1, 0.5, NaN, Infinity, 10_000_001, "many"].map(
      (capacity) => ["queue.capacity", { queue: { capacity } }] as const
    ),
    ...["drop", "", "SUSPEND", "toString", 1, {}].map(
      (strategy) => ["queue.strategy", { queue: { strategy } }] as const
    ),
    ...["filo", "constructor", 0].map((order) => ["queue.order", { queue: { order } }] as const),
    ...["wait", "__proto__", 1].map((onClose) => ["onClose", { onClose }] as const),
    ...(["grace", "terminateTimeout", "startTimeout", "drainTimeout"] as const).flatMap((option) =>
      [-1, NaN, "soon"].map((value) => [option, { [option]: value }] as const)
    ),
    ...[undefined, 0, 1.5, 1025, "4"].map((max) => ["size.max", { size: { min: 0, max } }] as const),
    ...[undefined, -1, 0.5, 5].map((min) => ["size.min", { size: { min, max: 4 } }] as const),
    ...[-1, NaN, "soon"].map((idle) => ["size.idle", { size: { min: 1, max: 4, idle } }] as const),
    ["size.most", { size: { min: 1, max: 2, most: 3 } }],
    ["restarts", { restarts: 5 }],
    ["restarts.strategy", { restarts: { strategy: "oneForAll" } }],
    ...[-1, 0.5, NaN, 10_001].map(
      (intensity) => ["restarts.intensity", { restarts: { intensity } }] as const
    ),
    ...[-1, 0, Infinity, "soon"].map((period) => ["restarts.period", { restarts: { period } }] as const),
    ["restarts.backoff", { restarts: { backoff: "none" } }],
    ["restarts.backoff.max", { restarts: { backoff: { max: 1 } } }],
    ["restarts.backoff.base", { restarts: { backoff: { base: -1 } } }],
    ["restarts.backoff.cap", { restarts: { backoff: { cap: Infinity } } }],
    ...[0, NaN, "2"].map(
      (factor) => ["restarts.backoff.factor", { restarts: { backoff: { factor } } }] as const
    ),
    ...[-0.1, 1.1, NaN].map(
      (jitter) => ["restarts.backoff.jitter", { restarts: { backoff: { jitter } } }] as const
    ),
    ["recycle", { recycle: 5 }],
    ["recycle.uptime", { recycle: { uptime: 5 } }],
    ...[0, 1.5, NaN, "3"].map((tasks) => ["recycle.tasks", { recycle: { tasks } }] as const),
    ...[-1, 0, NaN, "soon"].map((age) => ["recycle.age", { recycle: { age } }] as const),
    ...[0, 1.5, -1, "64 MB"].map((heap) => ["recycle.heap", { recycle: { heap } }] as const),
    ["recycle.heap", { recycle: { heap: null } }],
    ["recycle.rss.hard", { recycle: { rss: { hard: 0 } } }],
    ["recycle.rss.most", { recycle: { rss: { most: 5 } } }],
    ...[0, 0.5, "infinity"].map((every) => ["recycle.every", { recycle: { every } }] as const),
    ...[-1, 0, 0.5, "soon"].map((silence) => ["silence", { silence }] as const),
    ["stuck", { stuck: 1 }],
    ["stuck.replaced", { stuck: { replaced: 1 } }],
    ...[-1, 0.5, NaN, Infinity, 1025, "1"].map(
      (replace) => ["stuck.replace", { stuck: { replace } }] as const
    ),
    ["sise", { sise: 4 }],
    ["capacity", { capacity: 4 }],
    ["toString", { toString: 4 }],
    ["__proto__", JSON.parse('{"__proto__": {"size": 4}}')],
    ["queue.capcity", { queue: { capcity: 4 } }],
    ["queue.__proto__", { queue: JSON.parse('{"__proto__": {"capacity": 4}}') }],
    ["queue", { queue: "reject" }],
    ["references", { references: 5 }]
  ]
  for (const [option, options] of wrong) {
    const text = JSON.stringify(options, (_, v: unknown) =>
      typeof v === "bigint" || Number.isNaN(v) || v === Infinity ? String(v) : v
    )
    it(`${text} is refused, naming ${option}: S116, S159`, () => {
      const error = invalid(() => resolve(options as PoolOptions, 4))
      assert.strictEqual(error.option, option)
      assert.strictEqual(error.name, "InvalidOption")
      assert.isTrue(error.message.startsWith(`${option}: `), error.message)
    })
  }

  it("a transport that reports no usable parallelism is refused as a size: S116", () => {
    for (const parallelism of [0, NaN, 2000])
      assert.strictEqual(invalid(() => resolve({}, parallelism)).option, "size")
  })

  it("a refused option leaves no trace: S159", () => {
    assert.isUndefined(({} as any).size)
    assert.isUndefined(({} as any).capacity)
  })
})

describe("limits and priorities", () => {
  it("every way to say a duration is taken; infinity means no limit", () => {
    for (const [value, millis] of [
      [0, 0],
      [250, 250],
      [1.5, 1.5],
      ["2 seconds", 2000],
      ["1 minute", 60_000],
      [Duration.hours(1), 3_600_000],
      [5_000_000n, 5],
      [[1, 500_000_000], 1500],
      [{ seconds: 1, milliseconds: 5 }, 1005],
      ["infinity", Infinity],
      [Duration.infinity, Infinity],
      [Infinity, Infinity]
    ] as const) {
      assert.strictEqual(toMillis("timeout", value as Duration.Input), millis)
    }
  })

  for (const [name, value] of [
    ["a negative number", -1],
    ["a negative text", "-1 seconds"],
    ["minus infinity", -Infinity],
    ["NaN", NaN],
    ["a text that is no duration", "soon"],
    ["a unit that does not exist", "5 parsecs"],
    ["null", null],
    ["a boolean", true],
    ["an object that is no duration", { foo: 1 }]
  ] as const) {
    it(`${name} is no limit; the error names the option: S116`, () => {
      assert.strictEqual(invalid(() => toMillis("queueTimeout", value as any)).option, "queueTimeout")
    })
  }

  it("a priority is an integer from -100 to 100: S064, S116", () => {
    for (const priority of [-100, -1, 0, 1, 100]) assert.strictEqual(toPriority(priority), priority)
    for (const priority of [-101, 101, 0.5, NaN, Infinity, "1" as any]) {
      assert.strictEqual(invalid(() => toPriority(priority)).option, "priority")
    }
  })
})

describe("defaults", () => {
  it("each default that a pool can be told otherwise stands in the table, with a why", () => {
    const listed = defaultsTable.map((row) => row.option)
    for (const option of [
      "size",
      "concurrency",
      "queue.capacity",
      "queue.strategy",
      "queue.order",
      "grace",
      "terminateTimeout",
      "startTimeout",
      "onClose",
      "drainTimeout"
    ]) {
      assert.include(listed, option)
    }
    assert.strictEqual(new Set(listed).size, listed.length)
    for (const { option, why } of defaultsTable) assert.match(why, /\.$/, option)
  })

  it("the defaults are valid options themselves", () => {
    const settings = resolve({}, 1)
    assert.strictEqual(settings.capacity, defaults.queueCapacity)
    assert.strictEqual(settings.grace, defaults.grace)
    assert.deepStrictEqual(
      resolve(
        {
          concurrency: defaults.concurrency,
          queue: {
            capacity: defaults.queueCapacity,
            strategy: defaults.queueStrategy,
            order: defaults.queueOrder
          },
          grace: defaults.grace,
          terminateTimeout: defaults.terminateTimeout,
          startTimeout: defaults.startTimeout,
          onClose: defaults.onClose,
          drainTimeout: defaults.drainTimeout
        },
        1
      ),
      settings
    )
  })
})

describe("an option of the wrong kind is named, with what was given and what to write: S226", () => {
  const size = "a number of workers, or bounds as in { min: 1, max: 4 }"
  const duration = `a duration of zero or more, such as 1000 (milliseconds) or "2 seconds"`
  const cyclic: Record<string, unknown> = {}
  cyclic["self"] = cyclic
  const wrong: ReadonlyArray<readonly [options: unknown, option: string, problem: string]> = [
    [{ size: "4" }, "size", `expected ${size}, got "4": write 4, without quotes`],
    [{ size: "four" }, "size", `expected ${size}, got "four"`],
    [{ size: 4n }, "size", `expected ${size}, got 4n`],
    [{ size: true }, "size", `expected ${size}, got true`],
    [{ size: () => 4 }, "size", `expected ${size}, got the function size`],
    [{ size: [4] }, "size", "expected an object, got [4]"],
    [{ size: 2.5 }, "size", "expected an integer from 1 to 1024, got 2.5"],
    [
      { size: { min: 1, max: "4" } },
      "size.max",
      `expected an integer from 1 to 1024, got "4": write 4, without quotes`
    ],
    [
      { concurrency: "2" },
      "concurrency",
      `expected an integer from 1 to 10000, got "2": write 2, without quotes`
    ],
    [{ queue: "lifo" }, "queue", `expected an object, got "lifo"`],
    [{ queue: 7 }, "queue", "expected an object, got 7"],
    [
      { queue: { capacity: "9" } },
      "queue.capacity",
      `expected an integer from 0 to 10000000, got "9": write 9, without quotes`
    ],
    [{ queue: { order: 1 } }, "queue.order", `expected one of "fifo", "lifo", got 1`],
    [{ restarts: 3 }, "restarts", "expected an object, got 3"],
    [
      { restarts: { intensity: cyclic } },
      "restarts.intensity",
      "expected an integer from 0 to 10000, got an object"
    ],
    [
      { recycle: { heap: "1e9" } },
      "recycle.heap",
      `expected an integer from 1 to ${Number.MAX_SAFE_INTEGER}, got "1e9": write 1000000000, without quotes`
    ],
    [{ grace: "10" }, "grace", `expected ${duration}, got "10": write 10, without quotes`],
    [{ grace: "soon" }, "grace", `expected ${duration}, got "soon"`],
    [{ grace: true }, "grace", `expected ${duration}, got true`],
    [{ startTimeout: Symbol("s") }, "startTimeout", `expected ${duration}, got Symbol(s)`],
    [{ onClose: true }, "onClose", `expected one of "interrupt", "finish", "drain", got true`],
    [{ references: "Tenant" }, "references", `expected a list of context references, got "Tenant"`],
    ["4", "options", `expected an object, got "4": write 4, without quotes`],
    [null, "options", "expected an object, got null"],
    [[], "options", "expected an object, got []"]
  ]
  for (const [options, option, problem] of wrong) {
    it(`${option}: ${problem}: S226`, () => {
      const error = invalid(() => resolve(options as PoolOptions, 2))
      assert.deepStrictEqual([error.option, error.message], [option, `${option}: ${problem}`])
    })
  }

  it("options of a call and of a task, too: S226", () => {
    const calls: ReadonlyArray<readonly [option: string, value: unknown]> = [
      ["signal", {}],
      ["signal", null],
      ["onInterrupt", "never"]
    ]
    for (const [option, value] of calls) {
      assert.strictEqual(invalid(() => checkRunOptions({ [option]: value })).option, option)
    }
    assert.strictEqual(
      invalid(() => checkRunOptions(5 as never)).message,
      "options: expected an object, got 5"
    )
    assert.match(invalid(() => toCount("chunkSize", "4" as never)).message, /^chunkSize: .*got "4": write 4/)
    assert.match(invalid(() => toPriority("1" as never)).message, /^priority: .*got "1": write 1/)
    for (const option of ["idempotent", "needsProcess", "span"]) {
      const { message } = invalid(() => resolvePolicy({ [option]: "yes" }))
      assert.strictEqual(message, `${option}: expected true or false, got "yes"`)
    }
    const definitions: ReadonlyArray<readonly [options: object, message: string]> = [
      [{ success: String }, "success: expected a schema, such as Schema.String, got the function String"],
      [{ error: "Oops" }, `error: expected a schema, such as Schema.String, got "Oops"`],
      [
        { payload: Number },
        "payload: expected a schema, or the fields of a struct as in { n: Schema.Int }, got the function Number"
      ],
      [{ payload: { n: "Int" } }, `payload.n: expected a schema, such as Schema.String, got "Int"`]
    ]
    for (const [options, message] of definitions) {
      assert.strictEqual(invalid(() => Task.make("T", options)).message, message)
    }
    assert.match(invalid(() => Task.make(5 as never)).message, /^name: .*got 5/)
  })
})
