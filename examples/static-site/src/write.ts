/** A file that is there in full, or not at all. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { dirname } from "node:path"

/** The name of a file that is still being written: of no use to anyone but its writer. */
export const partSuffix = ".part"

/**
 * Writes beside the destination, then renames: a rename within one folder is atomic. Whatever ends it, an error, an
 * interruption or success, the finalizer removes what is left of the part.
 *
 * An interruption waits for the write itself, a few milliseconds: were it cut off, the operating system would still be
 * at it in the background, and could create the part just after it was removed.
 */
export const writeAtomically = (file: string, content: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const part = file + partSuffix
      const bytes = new TextEncoder().encode(content)
      yield* fs.makeDirectory(dirname(file), { recursive: true })
      yield* Effect.addFinalizer(() => Effect.ignore(fs.remove(part, { force: true })))
      yield* Effect.uninterruptible(fs.writeFile(part, bytes))
      yield* fs.rename(part, file)
      return bytes.length
    })
  )
