// A map over 1,000,000 numbers, in the best way each contender has.
import { repeated } from "./metered.ts"
import { type Experiment, need, size, timed, withPool } from "./workload.ts"

const items = 1_000_000

const map = (name: string, typed: boolean, about: string): Experiment => ({
  name,
  workloads: [{ name, unit: "items/s", about }],
  awake: false,
  quick: true,
  measure: (contender, timing, watch) =>
    withPool(
      contender,
      { operation: typed ? "chunk-typed" : contender.mapItems === undefined ? "chunk" : "add", size },
      async (pool) => {
        const length = timing.smoke ? 2000 : (contender.mapItems ?? items)
        const plain = Array.from({ length }, (_, n) => n)
        const numbers = Float64Array.from(plain)
        const run = typed ? need(pool.mapTyped, "mapTyped") : need(pool.map, "map")
        const once = async (): Promise<number> => {
          let results: ArrayLike<number> = []
          const millis = await timed(async () => {
            results = await (run as (inputs: ArrayLike<number>) => Promise<ArrayLike<number>>)(
              typed ? numbers : plain
            )
          })
          if (results.length !== length) throw new Error(`${results.length} results of ${length}`)
          for (let n = 0; n < length; n++) {
            if (results[n] !== n + 1) throw new Error(`a wrong answer: ${n} + 1 is not ${results[n]}`)
          }
          return millis
        }
        const result = await repeated(timing, watch, length, once)
        return { ...result, figures: { [name]: { value: result.rate } } }
      }
    )
})

export const maps: ReadonlyArray<Experiment> = [
  map(
    "map",
    false,
    "A map over an array of 1,000,000 numbers; fewer where that would take minutes, the rate is what counts."
  ),
  map("map-typed", true, "The same over a `Float64Array`.")
]
