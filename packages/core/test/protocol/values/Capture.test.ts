import { assert, describe, it } from "@effect/vitest"
import { types } from "node:util"
import { runInNewContext } from "node:vm"
import { capture, captureSmall, Copier, move } from "../../../src/protocol/values/Capture.ts"
import { Refused } from "../../../src/protocol/values/Clonable.ts"

const platform = { isExotic: types.isProxy }

/** Whether the copy was made without structured clone. */
const isCopied = (value: object): boolean => typeof new Copier(platform, Infinity).copy(value) === "object"

const holed = (): Array<unknown> => {
  const list: Array<unknown> = Array.from({ length: 0 })
  list[0] = 1
  list[2] = 3
  list.length = 5
  return list
}

const match = (): unknown => /(?<word>b+)/.exec("aabbb")

const named = (): Array<unknown> => Object.assign(holed().slice(1, 3), { note: "as many keys as items" })

const shared = (): unknown => {
  const inner = { n: 1 }
  const bytes = new Uint8Array([1, 2, 3, 4])
  return { list: [inner, inner], inner, bytes, words: new Uint16Array(bytes.buffer, 2, 1) }
}

const plain: ReadonlyArray<readonly [string, () => object]> = [
  ["a record", () => ({ n: 1, s: "x", b: true, u: undefined, z: null, i: 1n, minus: -0, nan: NaN })],
  ["a record without a prototype", () => Object.assign(Object.create(null) as object, { n: 1 })],
  [
    "nested records and lists",
    () => ({
      rows: [
        { id: 1, tags: ["a", "b"] },
        { id: 2, tags: [] }
      ],
      empty: {}
    })
  ],
  ["a list with holes", holed],
  ["a list with fields of its own", () => match() as object],
  ["a list with a hole and a field", named],
  [
    "a getter",
    () => ({
      get n() {
        return 7
      }
    })
  ],
  ["bytes", () => new Uint8Array([1, 2, 3])],
  ["a part of a buffer", () => new Uint8Array([1, 2, 3]).subarray(1, 2)],
  [
    "a buffer and a view of its bits",
    () => ({ buffer: new Uint8Array([1, 2]).buffer, view: new DataView(new ArrayBuffer(4), 1) })
  ],
  ["what is shared within it", () => shared() as object]
]

const others: ReadonlyArray<readonly [string, () => object]> = [
  ["a map and a set", () => ({ map: new Map([[{ k: 1 }, new Set([1])]]) })],
  ["dates", () => ({ at: new Date(5), never: new Date(NaN) })],
  ["a regular expression", () => [/x/gi]],
  ["an error", () => ({ error: new RangeError("far", { cause: 1 }) })],
  [
    "an instance of a class",
    () =>
      new (class Point {
        x = 1
      })()
  ],
  ["an own __proto__", () => JSON.parse('{"a":{"__proto__":{"b":1}}}') as object],
  ["a date's impostor", () => Object.create(Date.prototype) as object],
  ["a buffer's impostor", () => Object.create(ArrayBuffer.prototype) as object],
  [
    "another realm's objects",
    () => runInNewContext("({ list: [1, new Date(3)], bytes: new Uint8Array([1]) })") as object
  ],
  ["a resizable buffer", () => new ArrayBuffer(2, { maxByteLength: 8 })],
  ["what is nested deep", () => Array.from({ length: 400 }).reduce<object>((inner) => ({ inner }), {})]
]

/** Everything observable of a clone: prototypes, keys, values, and shared references. */
const shape = (root: unknown): unknown => {
  const seen = new Map<unknown, number>()
  const visit = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : value
    const known = seen.get(value)
    if (known !== undefined) return { again: known }
    seen.set(value, seen.size)
    const kind = Object.prototype.toString.call(value)
    if (value instanceof ArrayBuffer) return [kind, Array.from(new Uint8Array(value)), value.resizable]
    if (ArrayBuffer.isView(value)) return [kind, value.byteOffset, value.byteLength, visit(value.buffer)]
    if (value instanceof RegExp || value instanceof Error) return [kind, String(value)]
    if (value instanceof Date) return [kind, value.getTime()]
    if (value instanceof Map) return [kind, Array.from(value).map((entry) => entry.map(visit))]
    if (value instanceof Set) return [kind, Array.from(value).map(visit)]
    const fields = Object.keys(value).map((key) => [key, visit((value as Record<string, unknown>)[key])])
    const length = Array.isArray(value) ? value.length : undefined
    return [kind, Object.getPrototypeOf(value) === Object.prototype, length, fields]
  }
  return visit(root)
}

describe("capture", () => {
  it.each([...plain, ...others])("%s is what structured clone makes of it: S203", (_, make) => {
    assert.deepStrictEqual(shape(capture(make(), platform)), shape(structuredClone(make())))
  })

  it.each(plain)("%s is copied without structured clone", (_, make) => assert.isTrue(isCopied(make())))

  it.each(others)("%s is left to structured clone", (_, make) => assert.isFalse(isCopied(make())))

  it("a circle through the root, a list and a field: S202", () => {
    const root: { list: Array<unknown>; self?: unknown } = { list: [] }
    root.self = root
    root.list.push(root.list, root)
    const copy = capture(root, platform) as typeof root
    assert.notStrictEqual(copy, root)
    assert.strictEqual(copy.self, copy)
    assert.strictEqual(copy.list[0], copy.list)
    assert.strictEqual(copy.list[1], copy)
  })

  it("shared memory stays shared", () => {
    const words = new Int32Array(new SharedArrayBuffer(8))
    const copy = capture({ words }, platform) as { readonly words: Int32Array }
    words[1] = 42
    assert.strictEqual(copy.words[1], 42)
  })

  it("nothing of the value is reached from its copy, wherever it was: S203", () => {
    const value = { list: [{ n: 1 }], at: new Date(1), bytes: new Uint8Array([1]) }
    const copy = capture(value, platform) as typeof value
    value.list[0]!.n = value.bytes[0] = 2
    value.at.setTime(2)
    value.list.push({ n: 3 })
    assert.deepStrictEqual(copy, { list: [{ n: 1 }], at: new Date(1), bytes: new Uint8Array([1]) })
  })

  it.each([
    ["a function", { a: { f: () => {} } }, "$.a.f"],
    ["a symbol", [1, Symbol("s")], "$[1]"],
    ["a proxy", { list: [new Proxy({}, {})] }, "$.list[0]"],
    ["a detached buffer", { b: detached() }, "$.b"],
    [
      "a getter that throws",
      {
        ok: 1,
        get bad(): never {
          throw new Error("no")
        }
      },
      "$"
    ]
  ] as const)("%s is refused, and its path told: S211", (_, value, path) => {
    try {
      capture(value, platform)
      assert.fail("it was taken")
    } catch (error) {
      assert.instanceOf(error, Refused)
      assert.strictEqual(error.path, path)
    }
  })

  it("a transport's own refusal comes first, texts included, and numbers are not asked about", () => {
    const admit = (value: unknown) => {
      throw new Refused({ path: "$.x", detail: `not ${typeof value}` })
    }
    assert.throws(() => capture("text", { admit }), "not string")
    assert.throws(() => capture({}, { admit }), "$.x: not object")
    assert.strictEqual(capture(1, { admit }), 1)
  })
})

const detached = (): ArrayBuffer => {
  const buffer = new ArrayBuffer(4)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

describe("move", () => {
  it("takes the buffers from their owner, and names the ones that go on: S098", () => {
    const bytes = new Uint8Array([1, 2])
    const { transfer, value } = move({ bytes, n: 1 }, [bytes.buffer], platform)
    assert.strictEqual(bytes.byteLength, 0)
    assert.deepStrictEqual(value, { bytes: new Uint8Array([1, 2]), n: 1 })
    assert.strictEqual<unknown>(transfer?.[0], (value as { readonly bytes: Uint8Array }).bytes.buffer)
  })

  it("a refusal moves nothing: S105", () => {
    const bytes = new Uint8Array(2)
    assert.throws(() => move({ bytes, f: () => {} }, [bytes.buffer], platform), Refused)
    assert.strictEqual(bytes.byteLength, 2)
  })
})

describe("captureSmall", () => {
  it("copies what takes less time than a post; what is large or needs structured clone it leaves", () => {
    assert.deepStrictEqual(captureSmall({ n: [1, 2] }, platform), { n: [1, 2] })
    assert.deepStrictEqual(captureSmall(new Uint8Array(64), platform), new Uint8Array(64))
    assert.isUndefined(captureSmall(new Uint8Array(1_000_000), platform))
    assert.isUndefined(captureSmall(Array.from({ length: 1_000 }), platform))
    assert.isUndefined(captureSmall(new Map(), platform))
    assert.isUndefined(captureSmall({ f: () => {} }, platform))
    assert.isUndefined(
      captureSmall(
        {
          get bad(): never {
            throw new Error("no")
          }
        },
        platform
      )
    )
  })
})
