/** The handler: reads one source, renders it, writes one page. It runs in a worker, and anywhere else. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { posix } from "node:path"
import { Highlighter } from "./highlight.ts"
import { toMarkdown } from "./literate.ts"
import { type Body, render } from "./render.ts"
import { pageHtml } from "./site.ts"
import { type Page, PageFailed, PageTooLarge, type Rendered } from "./tasks.ts"
import { writeAtomically } from "./write.ts"

interface Interruptible {
  readonly isInterrupted: () => boolean
}

/** In bytes. Beyond this, what calls itself Markdown is a data file. */
const sourceLimit = 1024 * 1024

export const renderPage = Effect.fnUntraced(
  function* (page: Page, context: Interruptible) {
    const started = performance.now()
    const source = yield* read(page.source)
    const body = yield* toBody(page, source, context)
    const title = body.title ?? page.path
    const html = pageHtml({ ...body, title, package: page.package, path: page.path })
    const bytes = yield* writeAtomically(page.output, html)
    return { title, bytes, millis: performance.now() - started } satisfies Rendered
  },
  (effect, page) =>
    Effect.catchTag(effect, "PlatformError", (error) =>
      Effect.fail(new PageFailed({ file: page.source, reason: error.message }))
    )
)

const read = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const bytes = Number((yield* fs.stat(file)).size)
  if (bytes > sourceLimit) return yield* new PageTooLarge({ file, bytes, limit: sourceLimit })
  const content = yield* fs.readFile(file)
  return yield* Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(content),
    catch: () => new PageFailed({ file, reason: "is not UTF-8 text" })
  })
})

/**
 * The long part, and it is synchronous: an interruption cannot be delivered to this thread meanwhile. So the renderer
 * asks `isInterrupted` between blocks of code and leaves of its own accord; otherwise the pool would have to
 * terminate the whole worker once the grace is over (G4).
 */
const toBody = (page: Page, source: string, context: Interruptible) =>
  Effect.gen(function* () {
    const highlighter = yield* Highlighter
    return yield* Effect.suspend((): Effect.Effect<Body, PageFailed> => {
      try {
        const markdown = page.path.endsWith(".ts")
          ? toMarkdown(posix.basename(page.path, ".ts"), source)
          : source
        return Effect.succeed(
          render(markdown, {
            highlight: highlighter.block,
            resolve: resolver(page),
            isInterrupted: context.isInterrupted
          })
        )
      } catch (error) {
        if (context.isInterrupted()) return Effect.interrupt
        return Effect.fail(
          new PageFailed({ file: page.source, reason: `cannot be rendered: ${String(error)}` })
        )
      }
    })
  })

/** Follows a relative link of the source to the page of the same package that it means. */
const resolver = (page: Page) => {
  const siblings = new Set(page.siblings)
  return (href: string): string | undefined => {
    const [, path = "", fragment = ""] = /^(?<path>[^?#]*)[^#]*(?<fragment>#.*)?$/.exec(href) ?? []
    const target = posix.join(posix.dirname(page.path), decode(path))
    return siblings.has(target) ? `${path}.html${fragment}` : undefined
  }
}

const decode = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
