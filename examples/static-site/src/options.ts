/** The command line. */
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Flag } from "effect/cli"
import { availableParallelism } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

export interface Options {
  readonly from: string
  readonly out: string
  readonly size: number
  readonly limit: Option.Option<number>
  readonly quiet: boolean
}

const example = fileURLToPath(new URL("..", import.meta.url))

const Positive = Schema.Int.check(Schema.isGreaterThan(0))

export const flags = {
  from: Flag.Directory("from").pipe(
    Flag.withDescription("Folder to take the Markdown files from"),
    Flag.withDefault(resolve(example, "../../node_modules"))
  ),
  out: Flag.Directory("out").pipe(
    Flag.withDescription("Folder to write the site to"),
    Flag.withDefault(join(example, "dist-site"))
  ),
  size: Flag.Int("size").pipe(
    Flag.withDescription("How many workers"),
    Flag.withSchema(Positive),
    Flag.withDefault(availableParallelism())
  ),
  limit: Flag.Int("limit").pipe(
    Flag.withDescription("Render only so many pages"),
    Flag.withSchema(Positive),
    Flag.optional
  ),
  quiet: Flag.Boolean("quiet").pipe(Flag.withDescription("Print the summary only"), Flag.withDefault(false))
}
