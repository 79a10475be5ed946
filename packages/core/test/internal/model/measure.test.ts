import { assert, describe, it } from "@effect/vitest"
import { defaults } from "../../../src/internal/model/defaults.ts"
import { Measure } from "../../../src/internal/model/measure.ts"

const measured = (...millis: ReadonlyArray<number>): Measure => {
  const measure = new Measure()
  for (const one of millis) measure.add(one)
  return measure
}

describe("measured run times", () => {
  it("an unknown task is not assumed to be short: three runs are too few, four are enough: G5", () => {
    for (let runs = 0; runs < 4; runs++) {
      const measure = measured(...Array.from({ length: runs }, () => 0.001))
      assert.strictEqual(measure.estimate, Infinity)
      assert.isFalse(measure.isShort)
      assert.strictEqual(measure.chunkSize(4096), 1)
    }
    const measure = measured(0.001, 0.001, 0.001, 0.001)
    assert.closeTo(measure.estimate, 0.001, 1e-12)
    assert.isTrue(measure.isShort)
  })

  it("the first runs weigh alike, so that a slow first call does not linger; then the mean follows what is recent", () => {
    assert.closeTo(measured(10, 1, 1, 1).estimate, 13 / 4, 1e-12)
    assert.closeTo(measured(...Array.from({ length: 10 }, (_, i) => i)).estimate, 4.5, 1e-12)
    const measure = measured(...Array.from({ length: 1000 }, () => 1))
    measure.add(11)
    assert.closeTo(measure.estimate, 2, 1e-9)
    for (let i = 0; i < 100; i++) measure.add(11)
    assert.closeTo(measure.estimate, 11, 0.01)
  })

  it("short means below 50 µs, and one long run after many short ones ends it: G5", () => {
    assert.isTrue(measured(0.049, 0.049, 0.049, 0.049).isShort)
    assert.isFalse(measured(0.051, 0.051, 0.051, 0.051).isShort)
    const measure = measured(...Array.from({ length: 100 }, () => 0.01))
    assert.isTrue(measure.isShort)
    measure.add(1)
    assert.isFalse(measure.isShort)
  })

  it("a batch weighs what its runs would one by one, and at most half", () => {
    const batch = measured(...Array.from({ length: 1000 }, () => 1))
    const single = measured(...Array.from({ length: 1000 }, () => 1))
    batch.add(22, 2)
    for (let i = 0; i < 2; i++) single.add(11)
    assert.closeTo(batch.estimate, single.estimate, 1e-9)
    // A thread lost its core in the middle of 256 short runs.
    batch.add(256 * 5, 256)
    assert.closeTo(batch.estimate, (single.estimate + 5) / 2, 1e-9)
    batch.add(1, 0)
    assert.closeTo(batch.estimate, (single.estimate + 5) / 2, 1e-9)
  })

  it("four runs are evidence, told together or one by one", () => {
    const measure = new Measure()
    measure.add(0.004, 4)
    assert.closeTo(measure.estimate, 0.001, 1e-12)
  })

  const chunks: ReadonlyArray<readonly [millis: number, items: number]> = [
    [0, defaults.chunkMax],
    [1e-9, defaults.chunkMax],
    [0.001, 2000],
    [0.3, 6],
    [2, 1],
    [1000, 1]
  ]
  for (const [millis, items] of chunks) {
    it(`items of ${millis} ms travel ${items} at a time, towards 2 ms a chunk: G7`, () => {
      assert.closeTo(
        measured(millis, millis, millis, millis).chunkSize(defaults.chunkMax),
        items,
        items > 1 ? 1 : 0
      )
    })
  }
})
