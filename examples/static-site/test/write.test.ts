import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import { PlatformError, systemError } from "effect/PlatformError"
import { join } from "node:path"
import { writeAtomically } from "../src/write.ts"
import { filesBelow, folder } from "./fixture.ts"

/** The file system of this machine, with some operations of its own. */
const withChanged = (change: (fs: FileSystem.FileSystem) => Partial<FileSystem.FileSystem>) =>
  Effect.updateService(FileSystem.FileSystem, (fs) => ({ ...fs, ...change(fs) }))

describe("A page is written in full or not at all", () => {
  it.effect("replaces what was there, and reports the bytes", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const root = yield* folder
      const file = join(root, "deep/page.html")
      yield* writeAtomically(file, "old")
      assert.strictEqual(yield* writeAtomically(file, "grün"), 5)
      assert.strictEqual(yield* fs.readFileString(file), "grün")
      assert.deepStrictEqual(yield* filesBelow(root), ["deep/page.html"])
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.effect("G2: interrupted before the page is in its place, it removes the part and waits for that", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const written = yield* Deferred.make<void>()
      const writing = yield* writeAtomically(join(root, "page.html"), "text").pipe(
        withChanged(() => ({
          rename: () => Effect.andThen(Deferred.succeed(written, undefined), Effect.never)
        })),
        Effect.forkChild
      )
      yield* Deferred.await(written)
      assert.deepStrictEqual(yield* filesBelow(root), ["page.html.part"])
      yield* Fiber.interrupt(writing)
      assert.deepStrictEqual(yield* filesBelow(root), [])
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.effect("removes a part that the disk had no room for", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const full = systemError({
        _tag: "Unknown",
        module: "FileSystem",
        method: "writeFile",
        description: "no space"
      })
      const failure = yield* writeAtomically(join(root, "page.html"), "text").pipe(
        withChanged((fs) => ({
          writeFile: (path, data) => Effect.andThen(fs.writeFile(path, data.slice(0, 2)), Effect.fail(full))
        })),
        Effect.flip
      )
      assert.instanceOf(failure, PlatformError)
      assert.deepStrictEqual(yield* filesBelow(root), [])
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )
})
