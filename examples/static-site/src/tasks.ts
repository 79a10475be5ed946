/** The contract: what the host asks for and what a worker answers. Both sides import it. */
import * as Task from "@heddle/core/Task"
import * as Schema from "effect/Schema"

/** The page could not be read, decoded, rendered or written. */
export class PageFailed extends Schema.TaggedError<PageFailed>()("PageFailed", {
  file: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.file}: ${this.reason}`
  }
}

/** The source is beyond what one page may hold. */
export class PageTooLarge extends Schema.TaggedError<PageTooLarge>()("PageTooLarge", {
  file: Schema.String,
  bytes: Schema.Int,
  limit: Schema.Int
}) {
  override get message(): string {
    return `${this.file}: ${this.bytes} bytes are more than the ${this.limit} that a page may have`
  }
}

/**
 * One page to render. Paths cross, not texts: the worker reads the source and writes the HTML itself, so the
 * largest page costs the host no more than the smallest.
 */
const Page = {
  source: Schema.String,
  output: Schema.String,
  /** `name@version`, the folder of the site it belongs to. */
  package: Schema.String,
  /** Where the source lies inside its package, with `/`. */
  path: Schema.String,
  /** The paths of the package's other pages: a relative link to one of them is kept, any other is dropped. */
  siblings: Schema.Array(Schema.String)
}
export interface Page extends Schema.Schema.Type<Schema.Struct<typeof Page>> {}

export const Rendered = Schema.Struct({ title: Schema.String, bytes: Schema.Int, millis: Schema.Finite })
export interface Rendered extends Schema.Schema.Type<typeof Rendered> {}

export const RenderPage = Task.make("RenderPage", {
  payload: Page,
  success: Rendered,
  error: Schema.Union([PageFailed, PageTooLarge]),
  // Rendering a page twice gives the same file, so a page whose worker died may be given to another one (G6).
  idempotent: true
})
