/** The folder that the site is written to: empty at the start, and never somebody else's. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { join } from "node:path"

const marker = ".heddle-site"

export class FolderInUse extends Data.TaggedError("FolderInUse")<{ readonly folder: string }> {
  override get message(): string {
    return `${this.folder} holds files that are not a site of ours, and building would remove them: name another --out`
  }
}

/** Removes an older site, so that no page of it stays behind, and refuses to remove anything else. */
export const prepare = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const entries = yield* Effect.orElseSucceed(fs.readDirectory(folder), (): Array<string> => [])
  if (entries.length > 0 && !entries.includes(marker)) return yield* new FolderInUse({ folder })
  yield* fs.remove(folder, { recursive: true, force: true })
  yield* fs.makeDirectory(folder, { recursive: true })
  return yield* fs.writeFileString(
    join(folder, marker),
    "This folder is removed and built anew by examples/static-site.\n"
  )
})
