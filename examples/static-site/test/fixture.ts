/** Folders to build from and to, removed with the test's scope. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { dirname, join } from "node:path"

export const folder = Effect.flatMap(FileSystem.FileSystem, (fs) =>
  fs.makeTempDirectoryScoped({ prefix: "static-site-test-" })
)

export const write = Effect.fnUntraced(function* (
  root: string,
  files: Record<string, string | Uint8Array<ArrayBuffer>>
) {
  const fs = yield* FileSystem.FileSystem
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path)
    yield* fs.makeDirectory(dirname(file), { recursive: true })
    yield* typeof content === "string" ? fs.writeFileString(file, content) : fs.writeFile(file, content)
  }
})

/** Every file below, relative to the folder. */
export const filesBelow = Effect.fnUntraced(function* (root: string) {
  const fs = yield* FileSystem.FileSystem
  const paths: Array<string> = []
  for (const path of yield* fs.glob("**/*", { root, dot: true })) {
    const { type } = yield* fs.stat(join(root, path))
    if (type === "File") paths.push(path)
  }
  return paths.toSorted()
})

/** Enough to render for long enough to be interrupted: each page has many blocks of code. */
export const heavyPage = (title: string): string =>
  [
    `# ${title}`,
    ...Array.from({ length: 20 }, (_, n) => `## Part ${n}\n\n\`\`\`ts\n${code(n)}\n\`\`\``)
  ].join("\n\n")

const code = (n: number): string =>
  Array.from(
    { length: 12 },
    (_, line) => `export const value${line} = (x: number): string => \`\${x * ${n + line}}\` // line ${line}`
  ).join("\n")
