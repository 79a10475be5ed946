// Worker files that are no good, the same for every system.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

/** What each says; `good` is the URL of a worker that serves. Undefined: there is no such file. */
const texts = {
  missing: undefined,
  syntax: () => "const = ;",
  throw: () => 'throw new Error("at import")',
  "throw-null": () => "throw null",
  rejection: () =>
    'Promise.reject(new Error("nobody handles this")); await new Promise((go) => setTimeout(go, 60_000))',
  exit: () => "process.exit(7)",
  loop: () => "for (;;);",
  pending: () => "setInterval(() => {}, 1000); await new Promise(() => {})",
  // Not `export * from`: what is imported statically is there before the waiting.
  slow: (good: string) =>
    `await new Promise((go) => setTimeout(go, 2000)); ` +
    `export const { add, echo, inject } = await import(${JSON.stringify(good)})`,
  // Each start leaves a mark in a file beside it.
  "crash-when-ready": (good: string) =>
    `import { appendFileSync } from "node:fs"; appendFileSync(new URL(import.meta.url + ".starts"), "x"); ` +
    `export const { add, echo, inject } = await import(${JSON.stringify(good)}); ` +
    `setTimeout(() => { throw new Error("soon after it was ready") }, 20)`
} as const satisfies Record<string, ((good: string) => string) | undefined>

export type BadFile = keyof typeof texts

/** Writes it into a folder and says where it is. */
export const writeBadFile = (folder: string, file: BadFile, good: URL): URL => {
  const path = join(folder, `${file}.mjs`)
  const text = texts[file]
  if (text !== undefined) writeFileSync(path, `${text(good.href)}\n`)
  return pathToFileURL(path)
}
