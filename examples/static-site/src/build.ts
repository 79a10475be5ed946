/** Renders every page on the pool, and writes the index. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { join } from "node:path"
import type { Discovered, Source } from "./discover.ts"
import type { Progress } from "./progress.ts"
import { failureHtml, type IndexGroup, indexHtml, type IndexPage } from "./site.ts"
import { PageFailed, type PageTooLarge, type Rendered, RenderPage } from "./tasks.ts"
import { writeAtomically } from "./write.ts"

export interface Outcome {
  readonly source: Source
  readonly result: Result.Result<Rendered, PageFailed | PageTooLarge>
}

/** Where a page lies in the site, with `/`. */
export const hrefOf = (source: Source): string => `${source.package}/${source.path}.html`

/** One page. A source that fails its rendering, or takes its worker down with it, is a result like any other. */
export const renderSource = (source: Source, out: string) =>
  RenderPage({ ...source, output: join(out, hrefOf(source)) }).pipe(
    Effect.catchReason("TaskError", "WorkerLost", (lost) =>
      Effect.fail(new PageFailed({ file: source.source, reason: lost.message }))
    ),
    Effect.catchTag("TaskError", Effect.die),
    Effect.result,
    Effect.map((result): Outcome => ({ source, result }))
  )

/**
 * As many calls in flight as keep the workers busy while replies travel. `TaskPool.forEach` would end at the first
 * failure; here a failure is a value, and Effect's own `forEach` over the task says the rest.
 */
export const build = (
  sources: ReadonlyArray<Source>,
  options: { readonly out: string; readonly inFlight: number; readonly progress: Progress }
) =>
  Effect.forEach(
    sources,
    (source) =>
      Effect.tap(renderSource(source, options.out), ({ result }) =>
        options.progress.onPage(source.size, Result.isSuccess(result) ? result.success.bytes : undefined)
      ),
    { concurrency: options.inFlight }
  )

/** The index, and for each page that failed a page that says so, since others link to it. */
export const writeIndex = Effect.fnUntraced(function* (
  outcomes: ReadonlyArray<Outcome>,
  packages: Discovered["packages"],
  out: string
) {
  const descriptions = new Map(packages.map(({ name, description }) => [name, description]))
  const groups = Array.from(
    Map.groupBy(outcomes, ({ source }) => source.package),
    ([name, members]): IndexGroup => ({
      package: name,
      description: descriptions.get(name) ?? "",
      pages: members.map(toIndexPage).toSorted((a, b) => a.path.localeCompare(b.path, "en"))
    })
  )
  for (const { source, result } of outcomes) {
    if (Result.isSuccess(result)) continue
    yield* writeAtomically(join(out, hrefOf(source)), failureHtml(source, result.failure._tag))
  }
  const sorted = groups.toSorted((a, b) => a.package.localeCompare(b.package, "en"))
  return yield* writeAtomically(join(out, "index.html"), indexHtml(sorted))
})

const toIndexPage = ({ source, result }: Outcome): IndexPage => ({
  path: source.path,
  href: hrefOf(source),
  title: Result.isSuccess(result) ? result.success.title : source.path,
  bytes: Result.isSuccess(result) ? result.success.bytes : undefined
})
