/** Finds what to render: every Markdown file below a folder, and Effect's own sources. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { basename, join, resolve } from "node:path"
import type { Page } from "./tasks.ts"

/** Effect documents itself in its sources: programs to read in `ai-docs`, and a comment on every export. */
const pattern = "{**/*.{md,markdown},**/node_modules/effect/{ai-docs/src/**,src}/*.ts}"

export interface Package {
  readonly name: string
  readonly description: string
}

/** A page to be, and the size of its source. */
export interface Source extends Omit<Page, "output"> {
  readonly size: number
}

export interface Discovered {
  readonly sources: ReadonlyArray<Source>
  readonly packages: ReadonlyArray<Package>
}

/**
 * One source per package, version and path: pnpm keeps a package once for each set of its peers, and links lead to
 * the same file by many ways.
 *
 * The largest come first. They take the longest, and one that starts last would leave the other workers idle.
 */
export const discover = Effect.fnUntraced(function* (root: string) {
  const fs = yield* FileSystem.FileSystem
  const files = yield* fs.glob(pattern, { root, dot: true })
  const packages = new Map<string, Package>()
  const found = new Map<string, Omit<Source, "siblings" | "size">>()
  for (const file of files) {
    const { folder, path } = locate(root, file)
    const owner = packages.get(folder) ?? (yield* describe(folder))
    packages.set(folder, owner)
    const key = `${owner.name}/${path}`
    if (!found.has(key)) found.set(key, { source: join(root, file), package: owner.name, path })
  }
  const siblings = Map.groupBy(found.values(), (source) => source.package)
  const sources = yield* Effect.forEach(
    found.values(),
    (source) =>
      fs.stat(source.source).pipe(
        Effect.map(({ size }) => Number(size)),
        // A link that leads nowhere, say: the page will fail, and its error will name the file.
        Effect.orElseSucceed(() => 0),
        Effect.map((size): Source => {
          const paths = siblings.get(source.package)?.map((sibling) => sibling.path) ?? []
          return { ...source, siblings: paths, size }
        })
      ),
    { concurrency: 16 }
  )
  return {
    sources: sources.toSorted((a, b) => b.size - a.size || compare(a.source, b.source)),
    packages: Array.from(new Map(Array.from(packages.values(), (owner) => [owner.name, owner])).values())
  } satisfies Discovered
})

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Splits a file's path at the package that it belongs to: the last one below a `node_modules`, else the root. */
const locate = (root: string, file: string) => {
  const inside = /^(?<folder>(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\/(?<path>.+)$/.exec(
    `${basename(resolve(root))}/${file}`
  )?.groups
  if (inside === undefined) return { folder: root, path: file }
  return { folder: join(resolve(root), "..", inside["folder"] ?? ""), path: inside["path"] ?? "" }
}

const Manifest = Schema.fromJsonString(
  Schema.Struct({
    version: Schema.optionalKey(Schema.String),
    description: Schema.optionalKey(Schema.String)
  })
)

/** The name is the folder's and not the manifest's: it becomes a path of the site, and must stay inside it. */
const describe = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const manifest = yield* fs.readFileString(join(folder, "package.json")).pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(Manifest)),
    Effect.orElseSucceed((): typeof Manifest.Type => ({}))
  )
  const scope = basename(join(folder, ".."))
  const name = scope.startsWith("@") ? `${scope}/${basename(folder)}` : basename(folder)
  const version = manifest.version?.replaceAll(/[^\w.+-]/g, "") ?? ""
  return {
    name: version === "" ? name : `${name}@${version}`,
    description: manifest.description ?? ""
  } satisfies Package
})
