import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { join } from "node:path"
import { discover } from "../src/discover.ts"
import { folder, write } from "./fixture.ts"

const store = "node_modules/.pnpm"

describe("Discovery", () => {
  it.effect("finds each page once, whatever links lead to it and however often pnpm keeps it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const root = yield* folder
      const manifest = JSON.stringify({ version: "1.0.0", description: "A package" })
      yield* write(root, {
        [`${store}/a@1.0.0_peer@1/node_modules/a/package.json`]: manifest,
        [`${store}/a@1.0.0_peer@1/node_modules/a/README.md`]: "# A",
        [`${store}/a@1.0.0_peer@2/node_modules/a/package.json`]: manifest,
        [`${store}/a@1.0.0_peer@2/node_modules/a/README.md`]: "# A",
        [`${store}/@s+b@2.0.0/node_modules/@s/b/docs/deep.md`]: "# Longer than the other",
        [`${store}/@s+b@2.0.0/node_modules/@s/b/index.ts`]: "export {}"
      })
      yield* fs.symlink(join(root, store, "a@1.0.0_peer@1/node_modules/a"), join(root, "node_modules/a"))
      const { sources, packages } = yield* discover(join(root, "node_modules"))
      assert.deepStrictEqual(
        sources.map(({ package: owner, path, siblings }) => ({ owner, path, siblings })),
        [
          { owner: "@s/b", path: "docs/deep.md", siblings: ["docs/deep.md"] },
          { owner: "a@1.0.0", path: "README.md", siblings: ["README.md"] }
        ]
      )
      assert.deepStrictEqual(
        new Map(packages.map(({ name, description }) => [name, description])),
        new Map([
          ["@s/b", ""],
          ["a@1.0.0", "A package"]
        ])
      )
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.effect("takes the programs and the modules of Effect, and the TypeScript of nobody else", () =>
    Effect.gen(function* () {
      const root = yield* folder
      yield* write(root, {
        "node_modules/effect/src/Effect.ts": "",
        "node_modules/effect/src/internal/core.ts": "",
        "node_modules/effect/ai-docs/src/01/one.ts": "",
        "node_modules/other/src/Other.ts": ""
      })
      const { sources } = yield* discover(root)
      assert.deepStrictEqual(sources.map(({ path }) => path).toSorted(), [
        "ai-docs/src/01/one.ts",
        "src/Effect.ts"
      ])
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )
})
