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
  /** How many there are, of which `sources` may be a part. */
  readonly found: number
}

/**
 * One source per package, version and path: pnpm keeps a package once for each set of its peers, and links lead to
 * the same file by many ways.
 *
 * The largest come first. They take the longest, and one that starts last would leave the other workers idle.
 */
export const discover = Effect.fnUntraced(function* (root: string, limit = Infinity) {
  const fs = yield* FileSystem.FileSystem
  const packages = new Map<string, Package>()
  const found = new Map<string, { source: string; package: string; path: string }>()
  for (const file of yield* fs.glob(pattern, { root, dot: true })) {
    const { folder, path } = locate(root, file)
    const owner = packages.get(folder) ?? (yield* describe(folder))
    packages.set(folder, owner)
    const key = `${owner.name}/${path}`
    if (!found.has(key)) found.set(key, { source: join(root, file), package: owner.name, path })
  }
  const sized = yield* Effect.forEach(
    found.values(),
    (one) => Effect.map(sizeOf(one.source), (size) => ({ ...one, size })),
    {
      concurrency: 16
    }
  )
  const kept = spread(
    sized.toSorted((a, b) => b.size - a.size || compare(a.source, b.source)),
    limit
  )
  const siblings = Map.groupBy(kept, (one) => one.package)
  return {
    sources: kept.map((one) => ({
      ...one,
      siblings: siblings.get(one.package)?.map(({ path }) => path) ?? []
    })),
    packages: Array.from(
      new Map(
        Array.from(packages.values())
          .filter(({ name }) => siblings.has(name))
          .map((owner) => [owner.name, owner])
      ).values()
    ),
    found: found.size
  } satisfies Discovered
})

const sizeOf = Effect.fnUntraced(
  function* (file: string) {
    const fs = yield* FileSystem.FileSystem
    return Number((yield* fs.stat(file)).size)
  },
  // A link that leads nowhere, say: the page will fail, and its error will name the file.
  Effect.orElseSucceed(() => 0)
)

/** So many, evenly from all sizes. */
const spread = <A>(items: ReadonlyArray<A>, count: number): ReadonlyArray<A> => {
  if (count >= items.length) return items
  const before = (index: number) => Math.floor((index * count) / items.length)
  return items.filter((_, index) => before(index) < before(index + 1))
}

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
