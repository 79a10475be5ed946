import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { createContext, runInContext, runInThisContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import * as brands from "../../../src/internal/model/brands.ts"
import { holdsBigInts, isTypedArray } from "../../../src/internal/model/typedArray.ts"

const elsewhere = createContext({})

const bothOf = (code: string): ReadonlyArray<readonly [realm: string, value: unknown]> => [
  ["this realm", runInThisContext(`(${code})`)],
  ["another realm", runInContext(`(${code})`, elsewhere)]
]

const kinds = {
  isMap: brands.isMap,
  isSet: brands.isSet,
  isArrayBuffer: brands.isArrayBuffer,
  isError: brands.isError,
  isTypedArray,
  holdsBigInts: (u: unknown) => isTypedArray(u) && holdsBigInts(u)
}

const expected: ReadonlyArray<readonly [code: string, kinds: ReadonlyArray<keyof typeof kinds>]> = [
  ["new Map([[1, 2]])", ["isMap"]],
  ["new (class extends Map { get [Symbol.toStringTag]() { return 'Own' } })", ["isMap"]],
  ["Object.create(Map.prototype)", []],
  ["new WeakMap()", []],
  ["new Set([1])", ["isSet"]],
  ["Object.create(Set.prototype)", []],
  ["({ get [Symbol.toStringTag]() { return 'Map' } })", []],
  ["new ArrayBuffer(8)", ["isArrayBuffer"]],
  ["new SharedArrayBuffer(8)", []],
  ["new Uint8Array(8)", ["isTypedArray"]],
  ["new Float64Array(8)", ["isTypedArray"]],
  ["new BigInt64Array(8)", ["isTypedArray", "holdsBigInts"]],
  ["new BigUint64Array(8)", ["isTypedArray", "holdsBigInts"]],
  ["new DataView(new ArrayBuffer(8))", []],
  ["new RangeError('x')", ["isError"]],
  ["new (class Own extends Error { get [Symbol.toStringTag]() { return 'Own' } })('x')", ["isError"]],
  ["({ name: 'Error', message: '' })", []],
  ["new Date(0)", []],
  ["[1, 2]", []],
  ["({})", []],
  ["Object.create(null)", []],
  ["() => 1", []],
  ["new Proxy({}, { getPrototypeOf() { throw new Error('trap') } })", []],
  [
    "new Proxy({}, { getPrototypeOf: function trap() { return new Proxy({}, { getPrototypeOf: trap }) } })",
    []
  ],
  ["(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()", []],
  ["undefined", []],
  ["null", []],
  ["'text'", []],
  ["7", []]
]

/** Uses of `instanceof` on Heddle's own values, or on received values; counted per source file. */
const excused: Readonly<Record<string, number>> = {
  "core/src/internal/shared/results.ts": 2,
  "core/src/protocol/values/SharedChunk.ts": 2,
  "node-workers/src/internal/checkClonable.ts": 1,
  "node-workers/src/internal/loading.ts": 3,
  "node-workers/src/internal/records.ts": 1,
  "node-workers/src/internal/startFailure.ts": 1,
  "node-workers/src/internal/urls.ts": 1
}

describe("sources", () => {
  it("no source tells a value by `instanceof` a built-in class, but for those that are listed: S208", () => {
    const packages = fileURLToPath(new URL("../../../../", import.meta.url))
    const found: Record<string, number> = {}
    for (const file of globSync("{core,node-workers}/src/**/*.ts", { cwd: packages })) {
      const source = readFileSync(join(packages, file), "utf8").replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, "")
      const count = Array.from(source.matchAll(/\binstanceof (\w+)/g)).filter(
        ([, name]) => name !== undefined && name in globalThis
      ).length
      if (count > 0) found[file] = count
    }
    assert.deepStrictEqual(found, excused)
  })
})

describe("brands", () => {
  for (const [code, wanted] of expected) {
    for (const [realm, value] of bothOf(code)) {
      it(`${code} of ${realm} is ${wanted.length === 0 ? "of no kind" : wanted.join(" and ")}: S208`, () => {
        const found = Object.entries(kinds).filter(([, is]) => is(value))
        assert.deepStrictEqual(
          found.map(([name]) => name),
          [...wanted]
        )
      })
    }
  }
})
