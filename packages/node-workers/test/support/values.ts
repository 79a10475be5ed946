// Values of every kind that structured clone takes, from a seed.

/** A small linear generator; see Numerical Recipes. */
const randomFrom = (seed: number) => {
  let state = seed >>> 0
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

class Point {
  x = 1
  readonly y = -0
  get sum() {
    return this.x + this.y
  }
}

class Complaint extends TypeError {
  override name = "Complaint"
  code = "E_COMPLAINT"
}

class Names extends Map<string, number> {}

const leaves: ReadonlyArray<() => unknown> = [
  () => undefined,
  () => null,
  () => true,
  () => -0,
  () => Number.NaN,
  () => -Infinity,
  () => 2 ** 53,
  () => 1.5,
  () => 0n,
  () => -(2n ** 200n),
  () => "",
  () => "one byte é",
  () => "two bytes \u{1f9f5} €",
  () => "lone \ud800",
  () => "x".repeat(5000),
  () => new Date(-1),
  () => new Date(Number.NaN),
  () => /a(?<n>b)\/[\n]/giu,
  () => Object(-0),
  () => Object("boxed"),
  () => Object(1n),
  () => Object(false),
  () => new Uint8Array([1, 2, 3]).buffer,
  () => new Uint8Array(0),
  () => new Float32Array([-0, Number.NaN, 1.5]),
  () => new BigUint64Array([2n ** 64n - 1n]),
  () => new Uint16Array(new Uint8Array([0, 0, 1, 2, 3, 4]).buffer, 2, 2),
  () => new DataView(new ArrayBuffer(8, { maxByteLength: 16 }), 2),
  () => Buffer.from("text"),
  () => new Error("plain", { cause: { deep: [1n] } }),
  () => new RangeError("standard"),
  () => new Complaint("its class is lost"),
  () => new AggregateError([new Error("inner")], "many"),
  () => Object.assign(new Error("its fields are lost"), { field: 1 }),
  () => new Point(),
  () => Object.create(null, { own: { value: 1, enumerable: true }, hidden: { value: 2 } }),
  () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}'),
  () => new Names([["a", 1]]),
  () => new AbortController(),
  // eslint-disable-next-line no-sparse-arrays
  () => [1, , undefined, 3, ,],
  () => Object.assign([], { 20_000: "sparse" }),
  () => Object.assign([1, 2], { named: "field" }),
  () => ({ [Symbol("dropped")]: 1, kept: 1 }),
  () => ({
    get read() {
      return "by its getter"
    }
  }),
  () => {
    const shared = new ArrayBuffer(8)
    return { whole: shared, low: new Uint8Array(shared, 0, 4), high: new Uint8Array(shared, 4) }
  },
  () => {
    const cyclic: { self?: unknown; map: Map<unknown, unknown> } = { map: new Map() }
    cyclic.self = cyclic
    cyclic.map.set(cyclic, new Set([cyclic.map]))
    return cyclic
  },
  () => {
    const error: Error & { cause?: unknown } = new Error("its own cause")
    error.cause = error
    return error
  }
]

export const leafCount = leaves.length

/** Each kind once by itself, then nested at random; parts are shared between places now and then. */
export const valueOf = (seed: number): unknown => {
  if (seed < leaves.length) return leaves[seed]!()
  const below = randomFrom(seed)
  const made: Array<unknown> = []
  const make = (depth: number): unknown => {
    if (made.length > 0 && below(8) === 0) return made[below(made.length)]
    const value = depth > 3 || below(3) === 0 ? leaves[below(leaves.length)]!() : nest(depth)
    made.push(value)
    return value
  }
  const nest = (depth: number): unknown => {
    const parts = Array.from({ length: below(6) }, () => make(depth + 1))
    switch (below(4)) {
      case 0:
        return parts
      case 1:
        return Object.fromEntries(parts.map((part, i) => [i % 2 === 0 ? `field ${i}` : i, part]))
      case 2:
        return new Map(parts.map((part, i) => [below(2) === 0 ? part : i, part]))
      default:
        return new Set(parts)
    }
  }
  return nest(0)
}

/** Values that no transport takes, and some that only threads take. */
export const refused: Record<string, () => unknown> = {
  "a function": () => ({ deep: [() => {}] }),
  "a symbol": () => Symbol("s"),
  "a promise": () => Promise.resolve(),
  "a WeakMap": () => new WeakMap(),
  "a proxy": () => new Proxy({}, {}),
  "a URL": () => new URL("file:///"),
  "a detached buffer": () => {
    const gone = new ArrayBuffer(1)
    structuredClone(gone, { transfer: [gone] })
    return new Uint8Array(gone)
  },
  "a getter that throws": () => ({
    get read(): never {
      throw new Error("from the getter")
    }
  })
}

export const onlyInThreads: Record<string, () => unknown> = {
  "shared memory": () => new SharedArrayBuffer(8),
  "a view of shared memory": () => [new Int32Array(new SharedArrayBuffer(8))],
  "a Blob": () => ({ blob: new Blob(["x"]) }),
  "a WebAssembly module": () =>
    new (Reflect.get(globalThis, "WebAssembly").Module)(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
  "a DOMException": () => new DOMException("gone", "AbortError")
}
