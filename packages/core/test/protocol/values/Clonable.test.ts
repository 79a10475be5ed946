import { generateKeySync } from "node:crypto"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import { copyOf, findUnclonable } from "../../../src/protocol/values/Clonable.ts"

const save = () => {}

const detachedBuffer = (): ArrayBuffer => {
  const buffer = new ArrayBuffer(8)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

const detachedView = (): Uint8Array => {
  const view = new Uint8Array(8)
  structuredClone(view.buffer, { transfer: [view.buffer] })
  return view
}

const nested = (levels: number): unknown => {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = { a: value }
  return value
}

/** Value, path, and expected detail. */
const culprits: ReadonlyArray<readonly [name: string, value: unknown, path: string, detail: string]> = [
  ["a function itself", save, "$", "a function (save)"],
  ["a function without a name", { f: (() => () => {})() }, "$.f", "a function"],
  ["a method", { users: [{}, { save }] }, "$.users[1].save", "a function (save)"],
  ["a function in nested lists", [[1], [2, [save]]], "$[1][1][0]", "a function (save)"],
  ["a function as the value of a map", new Map([["a", { save }]]), "$.get(a).save", "a function (save)"],
  [
    "a function as the key of a map",
    new Map<unknown, number>([
      ["a", 1],
      [save, 2]
    ]),
    "$.key(1)",
    "a function (save)"
  ],
  ["a function under a key that cannot be shown", new Map([[{}, save]]), "$.get(…)", "a function (save)"],
  ["a function in a set", { tags: new Set<unknown>(["x", save]) }, "$.tags.item(1)", "a function (save)"],
  [
    "a function behind a getter",
    {
      get f() {
        return save
      }
    },
    "$.f",
    "a function (save)"
  ],
  ["a class", { Type: Map }, "$.Type", "a function (Map)"],
  [
    "a function as the cause of an error",
    [new Error("x", { cause: save })],
    "$[0].cause",
    "a function (save)"
  ],
  ["a symbol", { kind: Symbol("k") }, "$.kind", "a symbol (Symbol(k))"],
  ["a promise", { later: Promise.resolve(1) }, "$.later", "a promise"],
  ["a WeakMap", [new WeakMap()], "$[0]", "a WeakMap"],
  ["a WeakSet", [new WeakSet()], "$[0]", "a WeakSet"],
  ["a WeakRef", [new WeakRef({})], "$[0]", "a WeakRef"],
  ["a generator", { all: (function* () {})() }, "$.all", "a generator"],
  ["a detached buffer", { buffer: detachedBuffer() }, "$.buffer", "a detached buffer"],
  ["a view of a detached buffer", [detachedView()], "$[0]", "a detached buffer"],
  [
    "a getter that throws",
    {
      get a() {
        throw new Error("no")
      }
    },
    "$",
    "reading it throws no"
  ],
  [
    "a map inside a set inside a list",
    [new Set([new Map([[1, save]])])],
    "$[0].item(0).get(1)",
    "a function (save)"
  ]
]

describe("values that structured clone refuses", () => {
  for (const [name, value, path, detail] of culprits) {
    it(`the path leads to ${name}: S099`, () => {
      assert.deepStrictEqual(findUnclonable(value), { path, detail })
      assert.throws(() => structuredClone(value))
    })
  }

  it("the first culprit in order of visiting is named: S099", () => {
    assert.strictEqual(findUnclonable({ a: 1, b: { c: save }, d: save })?.path, "$.b.c")
  })

  it("values that clone are let through, shared and cyclic ones too", () => {
    const cyclic: Record<string, unknown> = { list: [1] }
    cyclic["self"] = cyclic
    cyclic["again"] = [cyclic, cyclic["list"], cyclic["list"]]
    const fine: ReadonlyArray<unknown> = [
      undefined,
      null,
      NaN,
      -0,
      1n,
      "text",
      cyclic,
      new Date(NaN),
      /x/g,
      new Map<unknown, unknown>([[new Set([1]), { a: [] }]]),
      new Uint8Array(0),
      new ArrayBuffer(0),
      new SharedArrayBuffer(4),
      new Error("fine", { cause: new TypeError("too") }),
      Object.create(null),
      new (class Point {
        x = 1
      })(),
      Object.assign([], { 1: "after a hole" }),
      Object(1n),
      nested(500)
    ]
    for (const value of fine) {
      assert.isUndefined(findUnclonable(value))
      structuredClone(value)
    }
  })

  it("a symbol as a key is ignored, as structured clone ignores it", () => {
    assert.isUndefined(findUnclonable({ [Symbol("k")]: save }))
  })

  it("nesting is searched to a limit, and no deeper", () => {
    assert.isUndefined(findUnclonable(nested(512)))
    assert.strictEqual(findUnclonable(nested(514))?.detail, "nested deeper than 512 levels")
    assert.strictEqual(findUnclonable(nested(100_000))?.detail, "nested deeper than 512 levels")
    assert.strictEqual(findUnclonable(nested(4), 2)?.path, "$.a.a.a")
  })

  it("objects in the transfer list are excused, and their contents are not searched: S098, S099", () => {
    const { port1 } = new MessageChannel()
    const buffer = detachedBuffer()
    assert.isUndefined(findUnclonable({ port1, list: [buffer] }, undefined, new Set([port1, buffer])))
    assert.strictEqual(
      findUnclonable({ port1, list: [save] }, undefined, new Set([port1]))?.path,
      "$.list[0]"
    )
    port1.close()
  })

  it("a search never throws, whatever a proxy does", () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("get")
        },
        ownKeys: () => {
          throw undefined
        },
        getPrototypeOf: () => {
          throw "no"
        }
      }
    )
    assert.strictEqual(findUnclonable(hostile)?.path, "$")
    assert.isUndefined(copyOf({ a: [hostile] }))
  })

  const blobbed = { a: [new Blob(["x"])] }
  const bound: ReadonlyArray<readonly [name: string, value: unknown, isPlain: boolean]> = [
    ["shared memory", { a: new Map([[1, new SharedArrayBuffer(4)]]) }, false],
    ["a view of shared memory", [new Int32Array(new SharedArrayBuffer(4))], false],
    ["shared memory of another realm", runInNewContext("new Set([new SharedArrayBuffer(4)])"), false],
    ["a blob", blobbed, false],
    ["a key", generateKeySync("hmac", { length: 64 }), false],
    [
      "an instance of a class",
      {
        a: new (class Own {
          readonly x = new Uint8Array(2)
        })()
      },
      true
    ],
    [
      "values of another realm",
      runInNewContext("new Map([[new Date(0), [{ a: new ArrayBuffer(2) }, /a/]]])"),
      true
    ]
  ]
  for (const [name, value, isPlain] of bound) {
    it(`${name} is ${isPlain ? "" : "not "}plain data on every transport: S208`, () => {
      assert.strictEqual(copyOf(value) !== undefined, isPlain)
      assert.isUndefined(findUnclonable(value), "structured clone takes it")
    })
  }

  // Measured: structured clone refuses each of these.
  const refused: ReadonlyArray<readonly [name: string, value: () => unknown]> = [
    ["a port", () => new MessageChannel().port1],
    ["a proxy", () => new Proxy({ a: 1 }, {})],
    ["a proxy of a list", () => new Proxy([1], {})],
    ["an iterator", () => [1].values()],
    ["a URL", () => new URL("https://example.org")],
    ["a Response", () => new Response("body")],
    ["a stream", () => new ReadableStream()],
    ["a formatter", () => new Intl.NumberFormat("en")],
    ["a registry", () => new FinalizationRegistry(() => {})],
    [
      "an arguments object",
      () =>
        (function () {
          return arguments
        })()
    ], // eslint-disable-line prefer-rest-params
    ["a boxed symbol", () => Object(Symbol("k"))],
    ["an error with a function as its cause", () => new Error("x", { cause: save })]
  ]

  for (const [name, make] of refused) {
    it(`${name} is found, with its path: S099, G10`, () => {
      const value = { list: [1, make()] }
      assert.throws(() => structuredClone(value))
      assert.include(findUnclonable(value)?.path ?? "nothing was found", "$.list[1]")
    })

    it(`${name} does not pass for plain data, so that a defect that holds it can still be sent: G9`, () => {
      assert.isUndefined(copyOf({ list: [1, make()] }))
    })
  }
})

describe("plain data", () => {
  it("accepted data can be cloned, and is of bounded depth: G9", () => {
    for (const value of [
      1,
      "a",
      null,
      undefined,
      [1, { a: new Map([[1, new Set([2])]]) }],
      new Date(0),
      new Uint8Array(2)
    ]) {
      assert.isDefined(copyOf(value))
      structuredClone(value)
    }
    for (const value of [save, Symbol("k"), Promise.resolve(), { save }, detachedBuffer()]) {
      assert.isUndefined(copyOf(value))
    }
    assert.isDefined(copyOf(nested(32)))
    assert.isUndefined(copyOf(nested(40)))
  })
})
