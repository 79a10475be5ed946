import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { join } from "node:path"
import { Highlighter } from "../src/highlight.ts"
import { renderPage } from "../src/page.ts"
import { PageFailed } from "../src/tasks.ts"
import { filesBelow, folder, heavyPage, write } from "./fixture.ts"

/** Most of it is the highlighter, whose grammars compile at first use. */
const patience = 30_000

const running = { isInterrupted: () => false }

const pageOf = (root: string, path: string) => ({
  source: join(root, path),
  output: join(root, "out", `${path}.html`),
  package: "p@1.0.0",
  path,
  siblings: ["other.md", "docs/näher.md"]
})

describe("The handler, without a pool", () => {
  layer(Layer.mergeAll(NodeFileSystem.layer, Highlighter.layer))((it) => {
    it.effect(
      "follows links to the other pages of the package, and drops the others",
      () =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const root = yield* folder
          yield* write(root, {
            "docs/a.md":
              "# A\n\n[up](../other.md#x) [beside](n%C3%A4her.md?plain=1) [missing](../LICENSE) [self](#a)"
          })
          const page = pageOf(root, "docs/a.md")
          const { title, bytes } = yield* renderPage(page, running)
          const html = yield* fs.readFileString(page.output)
          assert.strictEqual(title, "A")
          assert.strictEqual(bytes, Buffer.byteLength(html))
          assert.include(html, `<a href="../other.md.html#x">up</a>`)
          assert.include(html, `<a href="n%C3%A4her.md.html">beside</a>`)
          assert.include(html, "<a>missing</a>")
          assert.include(html, `<a href="#a">self</a>`)
        }).pipe(Effect.scoped),
      patience
    )

    it.effect(
      "a source that is not there is an error that names it",
      () =>
        Effect.gen(function* () {
          const root = yield* folder
          const page = pageOf(root, "gone.md")
          const error = yield* Effect.flip(renderPage(page, running))
          assert.instanceOf(error, PageFailed)
          assert.strictEqual(error.file, page.source)
        }).pipe(Effect.scoped),
      patience
    )

    it.effect(
      "G4: asked to stop, it leaves a long page between two blocks and writes nothing",
      () =>
        Effect.gen(function* () {
          const root = yield* folder
          yield* write(root, { "long.md": heavyPage("Long") })
          let asked = 0
          const exit = yield* Effect.exit(
            renderPage(pageOf(root, "long.md"), { isInterrupted: () => ++asked > 2 })
          )
          assert.strictEqual(exit._tag, "Failure")
          assert.isBelow(asked, 6)
          assert.deepStrictEqual(yield* filesBelow(root), ["long.md"])
        }).pipe(Effect.scoped),
      patience
    )
  })
})
