/** Measuring sides in turns, so that a slower moment of the machine meets all of them. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

export interface Measured {
  readonly millis: number
  /** How many processors this process had meanwhile: less than it could use if others wanted them too. */
  readonly processors: number
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

const measure = <E, R>(effect: Effect.Effect<unknown, E, R>) =>
  Effect.suspend(() => {
    const before = process.cpuUsage()
    return Effect.map(Effect.timed(effect), ([duration]): Measured => {
      const millis = Duration.toMillis(duration)
      const { system, user } = process.cpuUsage(before)
      return { millis, processors: (user + system) / 1000 / millis }
    })
  })

/** Each side once without counting, to warm it up; then round by round, one side after the other. */
export const inTurns = Effect.fnUntraced(function* <Side extends string, E, R>(
  sides: Readonly<Record<Side, Effect.Effect<unknown, E, R>>>,
  rounds: number
) {
  const names = Object.keys(sides) as Array<Side>
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Side,
    Array<Measured>
  >
  for (const name of names) yield* measure(sides[name])
  for (let round = 0; round < rounds; round++)
    for (const name of names) measured[name].push(yield* measure(sides[name]))
  return measured
})

export const spread = (values: ReadonlyArray<number>): Spread => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const [low, high] = [sorted[Math.floor(middle)] ?? NaN, sorted[Math.ceil(middle)] ?? NaN]
  return { median: (low + high) / 2, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN }
}

/** How many times faster the first one was, round by round. */
export const speedUp = (one: ReadonlyArray<Measured>, other: ReadonlyArray<Measured>): Spread =>
  spread(one.map(({ millis }, round) => (other[round]?.millis ?? NaN) / millis))
