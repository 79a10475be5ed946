import { assert, describe, it } from "@effect/vitest"
import * as Defect from "../../../src/protocol/values/Defect.ts"

/** Returns the host's view of a value thrown by a handler. */
const cross = (thrown: unknown, below?: string): any =>
  Defect.decode(structuredClone(Defect.encode(thrown)), below)

const hostile = new Proxy(() => {}, {
  get: () => {
    throw new Error("get")
  },
  has: () => {
    throw new Error("has")
  },
  getPrototypeOf: () => {
    throw new Error("getPrototypeOf")
  },
  getOwnPropertyDescriptor: () => {
    throw new Error("getOwnPropertyDescriptor")
  },
  ownKeys: () => {
    throw new Error("ownKeys")
  },
  apply: () => {
    throw new Error("apply")
  }
})

const hostileObject = new Proxy(
  {},
  {
    get: () => {
      throw new Error("get")
    },
    getPrototypeOf: () => {
      throw new Error("getPrototypeOf")
    },
    ownKeys: () => {
      throw new Error("ownKeys")
    }
  }
)

const hostileError = (): Error => {
  const error = new Error("x")
  for (const key of ["name", "message", "stack", "cause", "errors", "extra"]) {
    Object.defineProperty(error, key, {
      enumerable: true,
      get: () => {
        throw new Error(`reading ${key}`)
      }
    })
  }
  return error
}

const cyclicCause = (): Error => {
  const a = new Error("a")
  a.cause = new Error("b", { cause: a })
  return a
}

const withProto = (): unknown =>
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}')

class Custom extends Error {
  override readonly name = "Custom"
  readonly code: string = "E_CUSTOM"
  readonly details = { value: 42, list: [1, { two: 2 }] }
}

/** Values that a handler may throw, however odd. */
const odd: ReadonlyArray<readonly [name: string, make: () => unknown]> = [
  ["null", () => null],
  ["undefined", () => undefined],
  ["a string", () => "boom"],
  ["an empty string", () => ""],
  ["a number", () => 5],
  ["NaN", () => NaN],
  ["a bigint", () => 5n],
  ["a boolean", () => false],
  ["a symbol", () => Symbol("s")],
  ["a symbol without a name", () => Symbol()],
  ["a function", () => function thrown() {}],
  ["a function without a name", () => () => {}],
  ["a class", () => Custom],
  ["a plain object", () => ({ code: 1 })],
  ["an object with a method", () => ({ save() {} })],
  ["an object without a prototype", () => Object.create(null)],
  ["a promise", () => Promise.resolve(1)],
  ["a Map", () => new Map([["a", new Set([1])]])],
  ["a Date", () => new Date(0)],
  ["an error", () => new Error("boom")],
  ["an error class of the language", () => new RangeError("too far")],
  ["an error class of the program", () => new Custom("custom")],
  ["a DOMException", () => new DOMException("stop", "AbortError")],
  ["an AggregateError", () => new AggregateError([new TypeError("a"), "b", null], "many")],
  ["a chain of causes that is a cycle", cyclicCause],
  ["an error that throws when it is read", hostileError],
  ["an error whose message is no string", () => Object.assign(new Error(""), { message: { toString: 5 } })],
  [
    "an error whose message throws when it is shown",
    () =>
      Object.assign(new Error(""), {
        message: {
          toString() {
            throw new Error("no")
          }
        }
      })
  ],
  ["an error whose name is a symbol", () => Object.assign(new Error("x"), { name: Symbol("n") })],
  ["an error without a prototype", () => Object.setPrototypeOf(new Error("x"), null)],
  ["a frozen error", () => Object.freeze(new Custom("frozen"))],
  ["an error with a long message", () => new Error("x".repeat(100_000))],
  ["an error with a function as a field", () => Object.assign(new Error("x"), { retry: () => {}, code: 5 })],
  [
    "an error with an own __proto__ field",
    () =>
      Object.assign(
        Object.defineProperty(new Error("x"), "__proto__", { value: { polluted: true }, enumerable: true }),
        { code: 5 }
      )
  ],
  ["an object with an own __proto__ field", withProto],
  ["a proxy that throws on everything", () => hostileObject],
  ["a function proxy that throws on everything", () => hostile],
  ["an error with a hostile cause", () => new Error("x", { cause: hostileObject })],
  ["an error with a hostile field", () => Object.assign(new Error("x"), { field: hostileObject })],
  ["a proxy", () => new Proxy({ a: 1 }, {})],
  ["a port", () => new MessageChannel().port1],
  ["a Response", () => new Response("no", { status: 500 })],
  [
    "an error with a Response as a field",
    () => Object.assign(new Error("HTTP 500"), { response: new Response("no"), status: 500 })
  ],
  ["an error with a proxy as a field", () => Object.assign(new Error("x"), { target: new Proxy({}, {}) })],
  [
    "an error with a URL as a field",
    () => Object.assign(new Error("x"), { url: new URL("https://example.org") })
  ],
  ["an error caused by a proxy", () => new Error("x", { cause: new Proxy({}, {}) })],
  [
    "an object whose getters throw",
    () => ({
      get a() {
        throw new Error("no")
      }
    })
  ],
  ["a boxed symbol", () => Object(Symbol("k"))],
  [
    "an object that is 100,000 levels deep",
    () => {
      let value: unknown = 1
      for (let i = 0; i < 100_000; i++) value = { a: value }
      return value
    }
  ],
  [
    "a chain of 10,000 causes",
    () => {
      let error = new Error("0")
      for (let i = 1; i < 10_000; i++) error = new Error(String(i), { cause: error })
      return error
    }
  ]
]

describe("the encoder is total", () => {
  for (const [name, make] of odd) {
    it(`${name} becomes data that can be cloned, and a defect that can be printed: S013, G9`, () => {
      const data = Defect.encode(make())
      assert.include(["Error", "Value", "Shown"], data._tag)
      const cloned = structuredClone(data)
      assert.deepStrictEqual(cloned, data)
      const defect: any = Defect.decode(cloned)
      if (data._tag === "Error") {
        assert.instanceOf(defect, Error)
        assert.typeOf(defect.name, "string")
        assert.typeOf(defect.message, "string")
        assert.typeOf(defect.stack, "string")
      }
      assert.typeOf(Defect.show(defect), "string")
      assert.isUndefined(({} as any).polluted)
      assert.isUndefined((Error.prototype as any).polluted)
    })
  }

  /** Counts the characters in all strings of a value: the cost of sending a defect. */
  const weigh = (value: unknown): number => {
    if (typeof value === "string") return value.length
    if (typeof value !== "object" || value === null) return 1
    let sum = 0
    for (const item of Object.values(value)) sum += weigh(item)
    return sum
  }

  const megabytes = 2 ** 20
  const heavy: ReadonlyArray<readonly [name: string, make: () => unknown]> = [
    ["a message of 10 million characters", () => new Error("x".repeat(1e7))],
    [
      "a message that is no string and shows as 10 million characters",
      () => Object.assign(new Error(""), { message: { toString: () => "x".repeat(1e7) } })
    ],
    ["a string of 10 million characters", () => "x".repeat(1e7)],
    ["a field of 10 million characters", () => Object.assign(new Error("x"), { body: "x".repeat(1e7) })],
    ["an object that holds 10 million characters", () => ({ response: { body: "x".repeat(1e7) } })],
    [
      "a field that holds 10 million characters",
      () => Object.assign(new Error("x"), { response: { body: "x".repeat(1e7) } })
    ],
    // With n such parts the tree has n^16 errors. Two parts are enough to show the growth, and few enough to finish.
    [
      "an error that is twice among its own parts",
      () => {
        const error: any = new AggregateError([], "x")
        error.errors = [error, error]
        return error
      }
    ],
    [
      "an error that is its own cause and its own part",
      () => {
        const error: any = new Error("x")
        error.cause = error
        error.errors = [error]
        return error
      }
    ]
  ]
  for (const [name, make] of heavy) {
    it(`the size of a defect is bounded: ${name}: S013, G7`, () => {
      assert.isBelow(weigh(Defect.encode(make())), 4 * megabytes)
    })
  }
})

describe("the parts of an error across the boundary", () => {
  it("values that are no errors arrive as they were: S013", () => {
    for (const value of [
      null,
      undefined,
      "boom",
      "",
      5,
      NaN,
      -0,
      5n,
      false,
      { code: 1 },
      [1, [2]],
      new Map([[1, 2]]),
      new Date(3)
    ]) {
      assert.deepStrictEqual(cross(value), value)
    }
  })

  it("a value that cannot cross arrives as a printable description: S013", () => {
    assert.strictEqual(cross(Symbol("s")), "Symbol(s)")
    assert.strictEqual(
      cross(function thrown() {}),
      "[Function thrown]"
    )
    assert.strictEqual(cross((() => () => {})()), "[Function anonymous]")
    assert.strictEqual(cross({ save() {} }), "[object Object]")
    assert.strictEqual(cross(Promise.resolve()), "[object Promise]")
    assert.strictEqual(cross(hostileObject), "[unprintable value]")
    assert.strictEqual(cross(hostile), "[unprintable value]")
  })

  it("an error keeps its name, its message and its stack, which names the handler's own file: S002, G9", () => {
    const original = new TypeError("Test message")
    const error = cross(original)
    assert.instanceOf(error, TypeError)
    assert.strictEqual(error.name, "TypeError")
    assert.strictEqual(error.message, "Test message")
    assert.strictEqual(error.stack, original.stack)
    assert.include(error.stack, "Defect.test.ts")
  })

  it("the caller's stack stands under the worker's: G9", () => {
    const original = new Error("x")
    assert.strictEqual(
      cross(original, "    at caller (main.ts:1:1)").stack,
      `${original.stack}\n    at caller (main.ts:1:1)`
    )
  })

  it("the error classes of the language are rebuilt as themselves, others as Error under their own name: G9", () => {
    for (const Class of [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
      const error = cross(new Class("x"))
      assert.instanceOf(error, Class)
      assert.strictEqual(error.name, Class.name)
      assert.strictEqual(Object.prototype.toString.call(error), "[object Error]")
    }
    for (const name of ["Custom", "constructor", "__proto__", "toString", "Error", ""]) {
      const error = cross(Object.assign(new Error("x"), { name }))
      assert.strictEqual(error.name, name)
      assert.strictEqual(Object.getPrototypeOf(error), Error.prototype)
    }
  })

  it("own fields arrive with nested data intact, and are enumerable: S003, G9", () => {
    const error = cross(new Custom("custom"))
    assert.strictEqual(error.name, "Custom")
    assert.strictEqual(error.message, "custom")
    assert.strictEqual(error.code, "E_CUSTOM")
    assert.deepStrictEqual(error.details, { value: 42, list: [1, { two: 2 }] })
    assert.sameMembers(Object.keys(error), ["code", "details"])
  })

  it("a field that cannot cross is left out, and the others stay: G9", () => {
    const error = cross(Object.assign(new Error("x"), { retry: () => {}, code: 5, port: Symbol("p") }))
    assert.strictEqual(error.code, 5)
    assert.deepStrictEqual(Object.keys(error), ["code"])
  })

  it("a field that throws when it is read, or is too deep to read, costs that field and not the error: G9", () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = { deep }
    for (const field of [hostileObject, hostile, deep, new Proxy([], { ownKeys: () => [] })]) {
      const error = cross(Object.assign(new RangeError("too far"), { field, code: 5 }))
      assert.instanceOf(error, RangeError)
      assert.strictEqual(error.message, "too far")
      assert.deepStrictEqual(Object.keys(error), ["code"])
    }
  })

  it("at most 64 fields cross, and a mark: G9", () => {
    const error = new Error("x")
    for (let i = 0; i < 200; i++) Object.assign(error, { [`f${i}`]: i })
    assert.strictEqual(Object.keys(cross(error)).length, 65)
  })

  it("the chain of causes arrives, whatever stands at its end: G9", () => {
    const error = cross(new Error("a", { cause: new RangeError("b", { cause: { code: 7 } }) }))
    assert.strictEqual(error.message, "a")
    assert.instanceOf(error.cause, RangeError)
    assert.deepStrictEqual(error.cause.cause, { code: 7 })
    assert.strictEqual(cross(new Error("a", { cause: null })).cause, null)
    assert.isFalse("cause" in cross(new Error("a")))
  })

  it("a chain of causes is cut at 16, so a cycle ends: G9", () => {
    for (const make of [
      cyclicCause,
      () => odd.find(([name]) => name.startsWith("a chain of 10,000"))![1]()
    ]) {
      let length = 0
      for (let error = cross(make()); error !== undefined; error = error.cause) length++
      // The parts, and the mark.
      assert.strictEqual(length, 18)
    }
  })

  it("the parts of an AggregateError arrive in order, each as what it was: G9", () => {
    const error = cross(new AggregateError([new TypeError("a"), "b", null], "many"))
    assert.instanceOf(error, AggregateError)
    assert.strictEqual(error.name, "AggregateError")
    assert.strictEqual(error.message, "many")
    assert.strictEqual(error.errors.length, 3)
    assert.instanceOf(error.errors[0], TypeError)
    assert.deepStrictEqual(error.errors.slice(1), ["b", null])
    assert.notInclude(Object.keys(error), "errors")
  })

  it("an error of the platform keeps its name: G9", () => {
    const error = cross(new DOMException("stop", "AbortError"))
    assert.instanceOf(error, Error)
    assert.strictEqual(error.name, "AbortError")
    assert.strictEqual(error.message, "stop")
  })

  it("an error that throws when it is read still arrives as an error: G9", () => {
    const arrived: unknown = cross(hostileError())
    assert.instanceOf(arrived, Error)
    const error: any = arrived
    assert.deepStrictEqual(
      [error.name, error.message, error.stack, error.extra],
      ["Error", "", "", undefined]
    )
  })

  it("long texts are cut at 65,536 characters: G7", () => {
    assert.strictEqual(cross(new Error("x".repeat(100_000))).message.length, 65_536)
    assert.isAtMost(cross(new Error("x".repeat(100_000))).stack.length, 65_536)
    assert.strictEqual(Defect.show("x".repeat(100_000)).length, 65_536)
  })
})

describe("nothing leaks in", () => {
  const pollution = (): ReadonlyArray<unknown> => [
    ({} as any).polluted,
    (Error.prototype as any).polluted,
    (Object.prototype as any).polluted,
    ([] as any).polluted
  ]

  it("an own __proto__ field of an error is dropped by the sender: S156, G10", () => {
    const error = cross(odd.find(([name]) => name.startsWith("an error with an own __proto__"))![1]())
    assert.strictEqual(Object.getPrototypeOf(error), Error.prototype)
    assert.deepStrictEqual(Object.keys(error), ["code"])
    assert.isUndefined(error.polluted)
    const data = Defect.encode(
      Object.defineProperty(new Error("x"), "__proto__", { value: 1, enumerable: true })
    )
    assert.notProperty(data, "fields")
    assert.deepStrictEqual(pollution(), [undefined, undefined, undefined, undefined])
  })

  it("a __proto__ field that a worker forged is inert on the host: S156, G10", () => {
    const fields = JSON.parse('{"__proto__": {"polluted": true}, "code": 5}') as Record<string, unknown>
    const error: any = Defect.decode({ _tag: "Error", name: "__proto__", message: "m", stack: "s", fields })
    assert.strictEqual(Object.getPrototypeOf(error), Error.prototype)
    assert.deepStrictEqual(Object.keys(error), ["code"])
    assert.isFalse(Object.hasOwn(error, "__proto__"))
    assert.isUndefined(error.polluted)
    assert.strictEqual(error.name, "__proto__")
    assert.deepStrictEqual(pollution(), [undefined, undefined, undefined, undefined])
  })

  it("a thrown object with own __proto__ and constructor keys stays inert data: S156, G10", () => {
    const value = cross(withProto())
    assert.deepStrictEqual(Object.keys(value), ["__proto__", "constructor"])
    assert.strictEqual(Object.getPrototypeOf(value), Object.prototype)
    assert.deepStrictEqual(pollution(), [undefined, undefined, undefined, undefined])
  })

  it("fields are defined, so a setter of Error.prototype never runs: G10", () => {
    let ran = false
    // oxlint-disable-next-line no-extend-native -- the setter is the trap
    Object.defineProperty(Error.prototype, "trap", {
      configurable: true,
      set() {
        ran = true
      }
    })
    try {
      const error: any = Defect.decode({
        _tag: "Error",
        name: "E",
        message: "m",
        stack: "s",
        fields: { trap: 1 }
      })
      assert.strictEqual(error.trap, 1)
      assert.isFalse(ran)
    } finally {
      delete (Error.prototype as any).trap
    }
  })
})

describe("show", () => {
  it("describes anything and never throws: S013", () => {
    const shown = new Map<unknown, string>([
      [null, "null"],
      [undefined, "undefined"],
      ["text", "text"],
      [5, "5"],
      [-0, "0"],
      [5n, "5"],
      [Symbol("s"), "Symbol(s)"],
      [[], "[object Array]"],
      [new Error("x"), "[object Error]"],
      [Custom, "[Function Custom]"],
      [hostile, "[unprintable value]"],
      [hostileObject, "[unprintable value]"]
    ])
    for (const [value, text] of shown) assert.strictEqual(Defect.show(value), text)
  })
})

describe("cuts are marked in the value", () => {
  it("an `errors` field that is no list is a field like any other: S207, G9", () => {
    for (const errors of [{ name: "too short" }, "none", 3]) {
      const error = cross(Object.assign(new RangeError("x"), { errors, code: 5 }))
      assert.isTrue(error instanceof RangeError)
      assert.deepStrictEqual(error.errors, errors)
      assert.strictEqual(error.code, 5)
    }
    const listed = cross(Object.assign(new RangeError("x"), { errors: [1, "two"] }))
    assert.isTrue(listed instanceof RangeError)
    assert.deepStrictEqual(listed.errors, [1, "two"])
  })

  it("of 100 parts 64 cross, and the last says how many more there were: S207, G9", () => {
    const parts = (count: number) => Array.from({ length: count }, (_, i) => `part ${i}`)
    const { errors } = cross(new AggregateError(parts(100), "many"))
    assert.strictEqual(errors.length, 65)
    assert.strictEqual(errors[63], "part 63")
    assert.strictEqual(errors[64], "…and 36 more")
    assert.deepStrictEqual(cross(new AggregateError(parts(64), "many")).errors, parts(64))
  })

  it("of 100 fields 64 cross, and one more says how many are missing: S207, G9", () => {
    const fields = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, i]))
    const error = cross(Object.assign(new Error("x"), fields(100)))
    assert.deepStrictEqual({ ...error }, { ...fields(64), "…": "and 36 more" })
    assert.deepStrictEqual({ ...cross(Object.assign(new Error("x"), fields(64))) }, fields(64))
  })

  it("the end of a chain of causes that was cut says so: S207, G9", () => {
    const chain = (length: number): Error =>
      length === 1 ? new Error("1") : new Error(String(length), { cause: chain(length - 1) })
    let last = cross(chain(40))
    let count = 1
    for (; last.cause instanceof Error; last = last.cause) count++
    assert.strictEqual(count, 17)
    assert.strictEqual(last.cause, "…and more: Error: 23")
    let whole = cross(chain(17))
    while (whole.cause instanceof Error) whole = whole.cause
    assert.isUndefined(whole.cause)
  })

  it("errors beyond the 64 of one defect are named, not taken apart: S207, G9", () => {
    const pair = (i: number) => new AggregateError([new Error(`${i} a`), new Error(`${i} b`)], `pair ${i}`)
    const { errors } = cross(
      new AggregateError(
        Array.from({ length: 30 }, (_, i) => pair(i)),
        "pairs"
      )
    )
    assert.strictEqual(errors.length, 30)
    assert.strictEqual(errors[29], "…and more: AggregateError: pair 29")
  })

  it("a long text ends with a mark, and a field that is too large is one: S207, G7, G9", () => {
    const long = "x".repeat(100_000)
    const error = cross(Object.assign(new Error(long), { body: long, list: [long], short: "y" }))
    assert.strictEqual(error.message, `${"x".repeat(64 * 1024 - 1)}…`)
    assert.strictEqual(error.body, `${"x".repeat(64 * 1024 - 1)}…`)
    assert.strictEqual(error.list, "…larger than 64 KiB: [object Array]")
    assert.strictEqual(error.short, "y")
    assert.strictEqual(cross([long]), "…larger than 64 KiB: [object Array]")
  })
})
