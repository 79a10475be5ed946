import { assert, describe, it } from "@effect/vitest"
import { Histogram } from "../src/histogram.ts"
import { seeded } from "../src/random.ts"

const of = (values: ReadonlyArray<number>): Histogram => {
  const histogram = new Histogram()
  for (const value of values) histogram.add(value)
  return histogram
}

describe("A histogram", () => {
  it("is at most 1/32 above the true percentile, and never below", () => {
    const random = seeded(7)
    const values = Array.from({ length: 10_000 }, () => 10 ** (random() * 6 - 2))
    const sorted = values.toSorted((a, b) => a - b)
    for (const q of [0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = Math.round((sorted[Math.ceil(q * sorted.length) - 1] ?? NaN) * 1000) / 1000
      const found = of(values).quantile(q)
      assert.isAtLeast(found, exact)
      assert.isAtMost(found, exact * (1 + 1 / 32))
    }
  })

  it("of parts, merged in any order, is that of the whole", () => {
    const values = Array.from({ length: 300 }, (_, n) => n * n * 0.37)
    const whole = of(values)
    const parts = [values.slice(0, 7), values.slice(200), values.slice(7, 200)].map((part) => of(part).sparse)
    const merged = new Histogram()
    for (const part of parts) merged.merge(part)
    assert.deepStrictEqual(merged.sparse, whole.sparse)
  })

  it("counts what is longer than an hour as the longest there is; nothing has a percentile of 0", () => {
    assert.strictEqual(of([1e12]).max, of([5e6]).max)
    assert.strictEqual(new Histogram().quantile(0.5), 0)
  })
})
