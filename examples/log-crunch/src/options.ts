/** The command line. */
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Flag } from "effect/cli"
import { availableParallelism } from "node:os"

export interface Options {
  readonly file: Option.Option<string>
  readonly size: number
  readonly seed: number
  readonly badEvery: number
  readonly workers: number
  readonly firstErrors: Option.Option<number>
  readonly compare: boolean
  readonly crossover: boolean
  readonly rounds: number
  readonly quiet: boolean
}

const Positive = Schema.Int.check(Schema.isGreaterThan(0))
const NotNegative = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const flags = {
  file: Flag.String("file").pipe(
    Flag.withDescription(
      "The log to read; made if it is not there. Default: one in the folder for temporary files"
    ),
    Flag.optional
  ),
  size: Flag.Finite("size").pipe(
    Flag.withDescription("MB of a log that is made"),
    Flag.withSchema(Schema.Finite.check(Schema.isBetween({ minimum: 0.001, maximum: 100_000 }))),
    Flag.withDefault(200)
  ),
  seed: Flag.Int("seed").pipe(
    Flag.withDescription("Of a log that is made: the same one for the same seed"),
    Flag.withDefault(1)
  ),
  badEvery: Flag.Int("bad-every").pipe(
    Flag.withDescription("Of a log that is made: one line in so many is bad; 0 for none"),
    Flag.withSchema(NotNegative),
    Flag.withDefault(50_000)
  ),
  workers: Flag.Int("workers").pipe(
    Flag.withDescription("How many workers"),
    Flag.withSchema(Positive),
    Flag.withDefault(availableParallelism())
  ),
  firstErrors: Flag.Int("first-errors").pipe(
    Flag.withDescription("Stop after so many bad lines"),
    Flag.withSchema(Positive),
    Flag.optional
  ),
  compare: Flag.Boolean("compare").pipe(
    Flag.withDescription("Measure the pool against this one thread, and against readline alone"),
    Flag.withDefault(false)
  ),
  crossover: Flag.Boolean("crossover").pipe(
    Flag.withDescription("Measure from which size the pool is faster than this one thread"),
    Flag.withDefault(false)
  ),
  rounds: Flag.Int("rounds").pipe(
    Flag.withDescription("Of --compare and --crossover"),
    Flag.withSchema(Positive),
    Flag.withDefault(5)
  ),
  quiet: Flag.Boolean("quiet").pipe(Flag.withDescription("Print the report only"), Flag.withDefault(false))
}
