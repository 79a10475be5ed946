/** The handler: reads one range of a log. It runs in a worker, and anywhere else. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { Finder } from "./found.ts"
import { LogUnreadable, type Part } from "./tasks.ts"

/**
 * A block is read, then parsed; that takes a few milliseconds. Between two blocks the handler waits for the disk, and there an
 * interruption reaches it. However the stream ends, its scope closes the file.
 */
export const crunch = (part: Part) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const file = yield* fs.open(part.file, { flag: "r" })
    const finder = new Finder(part)
    const { lines } = finder
    return Stream.paginate(undefined, () =>
      file.read(lines.space(), { position: BigInt(lines.position) }).pipe(
        // Not given up half-way: the system would write on into the buffer, from a file that is closed by then.
        Effect.uninterruptible,
        Effect.map((bytes) => {
          lines.take(bytes)
          return [finder.found(), lines.isDone ? Option.none() : Option.some(undefined)] as const
        })
      )
    )
  }).pipe(
    Stream.unwrap,
    Stream.catchTag("PlatformError", (error) =>
      Stream.fail(new LogUnreadable({ file: part.file, reason: error.message }))
    )
  )
