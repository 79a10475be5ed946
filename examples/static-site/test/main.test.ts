import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { join, posix } from "node:path"
import { partSuffix } from "../src/write.ts"
import { start } from "./child.ts"
import { filesBelow, folder, heavyPage, write } from "./fixture.ts"

const patience = 120_000

const manyPages = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`page-${n}.md`, heavyPage(`Page ${n}`)]))

describe("static-site, as a process", () => {
  it.live(
    "G9: a page that fails names its file and why, and the others are built",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const root = yield* folder
        const docs = join(root, "docs")
        const out = join(root, "site")
        yield* write(docs, {
          "package.json": JSON.stringify({ version: "3.2.1", description: "A fixture" }),
          "README.md":
            "# Read me\n\n[guide](guide/one.md#part-1), [licence](LICENSE), [bad](bad.md)\n\n```ts\nconst a = 1\n```",
          "guide/one.md": heavyPage("Guide"),
          "bad.md": new Uint8Array([0x23, 0x20, 0xff, 0xfe, 0x0a]),
          "huge.md": "x".repeat(1024 * 1024 + 1)
        })
        const child = yield* start(["--from", docs, "--out", out, "--size", "2"])
        const { code, output } = yield* child.end

        assert.strictEqual(code, 1, output)
        assert.include(output, `PageFailed: ${join(docs, "bad.md")}: is not UTF-8 text`)
        assert.include(output, `PageTooLarge: ${join(docs, "huge.md")}: 1048577 bytes are more than`)
        assert.include(output, "Built 2 pages")
        assert.match(output, /speed-up +\d+\.\d\d×/)
        const files = yield* filesBelow(out)
        assert.deepStrictEqual(files, [
          ".heddle-site",
          "docs@3.2.1/README.md.html",
          "docs@3.2.1/bad.md.html",
          "docs@3.2.1/guide/one.md.html",
          "docs@3.2.1/huge.md.html",
          "index.html"
        ])
        const index = yield* fs.readFileString(join(out, "index.html"))
        assert.include(index, `href="docs%403.2.1/guide/one.md.html"`)
        assert.strictEqual(index.split("not rendered").length - 1, 2)

        for (const file of files.filter((name) => name.endsWith(".html"))) {
          const html = yield* fs.readFileString(join(out, file))
          assert.isTrue(html.endsWith("</html>\n"), file)
          const targets = Array.from(
            html.matchAll(/href="(?<to>[^"#]+)/g),
            (match) => match.groups?.["to"] ?? ""
          )
          for (const to of targets) {
            const target = posix.join(posix.dirname(file), decodeURIComponent(to))
            assert.isTrue(files.includes(target), `${file} links to ${to}`)
          }
        }
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    patience
  )

  it.live(
    "G2: Ctrl-C leaves no half-written file and exits 130",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const root = yield* folder
        const docs = join(root, "docs")
        const out = join(root, "site")
        yield* write(docs, manyPages(120))
        const child = yield* start(["--from", docs, "--out", out, "--size", "2"])
        yield* child.awaitLine("rendered ")
        yield* child.interrupt
        const { code, output } = yield* child.end

        assert.strictEqual(code, 130, output)
        assert.include(output, "Interrupted")
        const files = yield* filesBelow(out)
        assert.deepStrictEqual(
          files.filter((file) => file.endsWith(partSuffix)),
          []
        )
        const html = files.filter((file) => file.endsWith(".html"))
        assert.isAbove(html.length, 0)
        assert.isBelow(html.length, 120)
        for (const file of html) {
          assert.isTrue((yield* fs.readFileString(join(out, file))).endsWith("</html>\n"), file)
        }
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    patience
  )

  it.live(
    "G2: Ctrl-C while it measures removes its temporary folder and exits 130",
    () =>
      Effect.gen(function* () {
        const root = yield* folder
        const docs = join(root, "docs")
        const temporary = join(root, "tmp")
        yield* write(docs, manyPages(20))
        yield* write(temporary, { keep: "" })
        const child = yield* start(["--from", docs, "--out", join(root, "site"), "--size", "2"], {
          TMPDIR: temporary
        })
        yield* child.awaitLine("Measuring what the pool gained")
        yield* child.interrupt
        const { code, output } = yield* child.end

        assert.strictEqual(code, 130, output)
        assert.deepStrictEqual(yield* filesBelow(temporary), ["keep"])
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    patience
  )

  it.live(
    "refuses to empty a folder that is not a site of its own",
    () =>
      Effect.gen(function* () {
        const root = yield* folder
        yield* write(root, { "docs/a.md": "# A", "mine/letter.txt": "dear" })
        const child = yield* start(["--from", join(root, "docs"), "--out", join(root, "mine"), "--size", "1"])
        const { code, output } = yield* child.end
        assert.strictEqual(code, 1, output)
        assert.include(output, "name another --out")
        assert.deepStrictEqual(yield* filesBelow(join(root, "mine")), ["letter.txt"])
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    patience
  )
})
