import { Violation } from "@heddle/core/protocol/messages/Message"
import { Refused } from "@heddle/core/protocol/values/Clonable"
import { isDeepStrictEqual } from "node:util"
import { Serializer } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "vitest"
import { readBody, writeBody } from "../../../src/internal/connection/bodies.ts"
import { checkBody } from "../../../src/internal/connection/bodyCheck.ts"
import { seeded } from "../../support/random.ts"

const limits = { maxDepth: 50, maxWeight: 1e7 }
const write = (value: unknown): Buffer => writeBody(value, 6, limits).frame.subarray(6)
const cross = (value: unknown): unknown => readBody(Buffer.from(write(value)))

const varint = (value: number): ReadonlyArray<number> =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
/** A body by hand: characters are tags. */
const body = (...parts: ReadonlyArray<string | number | ReadonlyArray<number>>): Buffer =>
  Buffer.from([
    0xff,
    15,
    ...parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part, "latin1")] : part))
  ])

/** Plain values of every kind, by a seed. */
const plain = (below: (bound: number) => number, depth: number): unknown => {
  const many = <A>(make: () => A): ReadonlyArray<A> => Array.from({ length: below(4) }, make)
  const leaves = [
    () => undefined,
    () => null,
    () => below(2) === 0,
    () => below(1000) - 500,
    () => -0,
    () => 2 ** 40 + below(10),
    () => below(100) / 7,
    () => NaN,
    () => BigInt(below(100) - 50) ** 9n,
    () => "latin é".slice(below(8)),
    () => `${"x".repeat(below(3))}wide \u{1f9f5}`,
    () => new Date(below(1e9)),
    () => new Uint8Array(below(5)).fill(7),
    () => new Uint8Array(10).fill(3).subarray(2, 2 + below(6)),
    () => Float64Array.from(many(() => below(9) / 4)),
    () => new BigInt64Array(below(3)),
    () => new DataView(new ArrayBuffer(8), below(8)),
    () => new Uint8Array(below(6)).buffer
  ]
  const inner = (): unknown => plain(below, depth - 1)
  const containers = [
    () => many(inner),
    () => Object.fromEntries(many(() => [["a", "ключ", "1", "b c"][below(4)], inner()])),
    () => new Map(many(() => [inner(), inner()])),
    () => new Set(many(inner)),
    // V8 writes an array that once had holes by keys.
    () => Array.from<unknown>({ length: 2 }).fill(inner()),
    () => {
      const shared = inner()
      return [shared, { again: shared }, shared]
    }
  ]
  const choices = depth === 0 ? leaves : [...leaves, ...containers, ...containers, ...containers]
  return choices[below(choices.length)]!()
}

describe("bodies", () => {
  it("carry plain values of every kind as structured clone does: S243, G10", () => {
    const below = seeded(14)
    for (let i = 0; i < 3000; i++) {
      const value = plain(below, 4)
      assert.isTrue(isDeepStrictEqual(cross(value), structuredClone(value)), `value ${i}`)
    }
  })

  it("carry the bytes that a view shows, and nothing else of its buffer: S243, G10", () => {
    const secret = Buffer.alloc(64, "secret")
    const bytes = write(secret.subarray(0, 0))
    assert.strictEqual(bytes.indexOf("secret"), -1)
    const pooled = Buffer.from("small")
    assert.isAbove(pooled.buffer.byteLength, 1000)
    const arrived = cross(pooled) as Uint8Array
    assert.deepStrictEqual(arrived, Uint8Array.from(pooled))
    assert.strictEqual(arrived.buffer.byteLength, 5)
  })

  it("carry views of another realm: S243", () => {
    assert.deepStrictEqual(cross(runInNewContext("new Uint16Array([1, 2])")), Uint16Array.of(1, 2))
  })

  it("refuse what cannot cross, with its path, and what the receiver would refuse: S243, G10", () => {
    const detached = new Uint8Array(4)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    const circle: Record<string, unknown> = {}
    circle["self"] = circle
    const deep = Array.from({ length: 50 }).reduce<unknown>((inner) => [inner], 1)
    assert.deepStrictEqual(cross(deep), deep)
    // Each of the 20 arrays contains the next one twice: a tree of a million.
    const laughs = Array.from({ length: 20 }).reduce<unknown>((inner) => [inner, inner], [])
    const refused: ReadonlyArray<readonly [value: unknown, message: RegExp]> = [
      [{ a: [1, () => 1] }, /^\$\.a\[1\]: a function/],
      [{ url: new URL("file:///") }, /^\$\.url: /],
      [{ a: { b: new SharedArrayBuffer(1) } }, /^\$\.a\.b: shared memory/],
      [detached, /a detached buffer/],
      [new DataView(new ArrayBuffer(1, { maxByteLength: 2 })).buffer, /a resizable buffer/],
      [circle, /a part of an element contains itself/],
      [[deep], /nested deeper than 50 levels/],
      [laughs, /needs more than 10000000 bytes of memory/],
      // oxlint-disable-next-line no-sparse-arrays -- that is the point
      [[1, , 3], /an array with holes/],
      [Object.assign([1], { field: 1 }), /fields beside its items/],
      [new TypeError("no"), /an error/],
      [/re/, /a regular expression/],
      [Object("boxed"), /a boxed string/],
      [
        new Proxy(
          {},
          {
            ownKeys() {
              throw new Error("unreadable")
            }
          }
        ),
        /./
      ]
    ]
    for (const [value, message] of refused) {
      assert.throws(() => write(value), Refused, message)
    }
  })

  it("that claim more than they contain are refused before V8 allocates it: S244, G16", () => {
    const huge = varint(32 * 1024 * 1024)
    const attacks: ReadonlyArray<readonly [bytes: Buffer, message: RegExp]> = [
      // 269 MB in V8.
      [body("a", huge, "@", 0, huge), /holes/],
      // The length of the array would be 4,294,967,295.
      [body("A", 0, "I", varint(2 ** 31), '"', 1, "x", "$", 1, 0), /fields beside its items/],
      [body("A", huge, "_"), /too soon/],
      [body(...Array.from({ length: 20 }).flatMap(() => ["A", varint(900)]), "_".repeat(900)), /too soon/],
      [body("B", varint(2 ** 31)), /too soon/],
      [body("~", 0, varint(2 ** 32 - 1)), /resizable/],
      [body('"', varint(2 ** 32 - 1)), /too soon/],
      [body("c", 3, "abc"), /half a character/],
      [body("Z", varint(2 ** 32 - 2)), /too soon/],
      [body("A", [0xff, 0xff, 0xff, 0xff, 0xff, 1]), /more than 32 bits/],
      [body("^", 0), /not there/],
      [body("A", 1, "^", 0, "$", 0, 1), /contains itself/],
      [body("\\", 12, 0), /no such length/],
      [body("\\", 8, 7, "1234567"), /no such length/],
      [body("B", 1, "x", "V", "B", 0, 1, 0), /follow the value/],
      [body("u", 0), /shared memory/],
      [body("w", 0), /unknown kind/],
      [body("o", "{", 1), /number of parts/],
      [body("o", "_", "_", "{", 1), /neither text nor a number/],
      [body(";", "_", ":", 2), /unknown kind/],
      [body("_", "_"), /follow the value/],
      [body(), /too soon/],
      [Buffer.from([0xff, 16, 0x5f]), /not in version 15/],
      [Buffer.from("__"), /not in version 15/],
      [body("A".repeat(3)), /too soon/]
    ]
    for (const [bytes, message] of attacks) {
      assert.throws(() => checkBody(bytes, limits), Violation, message)
    }
  })

  it("that are tampered with are plain values within the limits or violations, 100,000 times: S245, G16", () => {
    const below = seeded(2026)
    const bodies = Array.from({ length: 500 }, () => write(plain(below, 3)))
    const counts = { values: 0, violations: 0, unreadable: 0 }
    for (let i = 0; i < 100_000; i++) {
      const bytes = Buffer.from(bodies[below(bodies.length)]!)
      for (let changes = 0; changes <= below(3); changes++) bytes[2 + below(bytes.length - 2)] = below(256)
      const cut = below(5) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes
      try {
        checkBody(cut, { maxDepth: 8, maxWeight: 50_000 })
      } catch (error) {
        assert.instanceOf(error, Violation)
        counts.violations++
        continue
      }
      try {
        readBody(cut)
        counts.values++
      } catch (error) {
        assert.instanceOf(error, Violation)
        counts.unreadable++
      }
    }
    assert.isAbove(counts.values, 10_000)
    assert.isAbove(counts.violations, 10_000)
    // The check and V8 agree, but for a date that is no date and the like.
    assert.isBelow(counts.unreadable, 1000)
  })

  it("follow the layout of V8's own serializer, without the views: S243", () => {
    const serializer = new Serializer()
    serializer.writeHeader()
    serializer.writeValue({ a: [1, "x", new Map([[1, new Set([2n])]])] })
    assert.deepStrictEqual(checkBody(serializer.releaseBuffer(), limits).depth, 4)
  })
})
