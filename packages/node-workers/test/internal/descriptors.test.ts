// Synchronous reads and writes of pipes, on real descriptors.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import { readAvailable, readExactly, writeAll } from "../../src/internal/descriptors.ts"

const folder = mkdtempSync(join(tmpdir(), "heddle-"))

afterAll(() => rmSync(folder, { recursive: true }))

const withFile = <A>(content: Buffer, flags: "r" | "w", use: (fd: number, path: string) => A): A => {
  const path = join(folder, crypto.randomUUID())
  writeFileSync(path, content)
  const fd = openSync(path, flags)
  try {
    return use(fd, path)
  } finally {
    closeSync(fd)
  }
}

const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251))

describe("descriptors", () => {
  it("a write returns when all bytes are written: G5", () => {
    withFile(Buffer.alloc(0), "w", (fd, path) => {
      writeAll(fd, bytes)
      assert.isTrue(readFileSync(path).equals(bytes))
    })
  })

  it("a read of so many bytes returns them, and nothing where the pipe ends before", () => {
    withFile(bytes, "r", (fd) => {
      assert.isTrue(readExactly(fd, 150_000)!.equals(bytes.subarray(0, 150_000)))
      assert.isUndefined(readExactly(fd, 60_000))
    })
  })

  it("a read of all available bytes ends where no more are there, and an unreadable descriptor has none: G5", () => {
    withFile(bytes, "r", (fd) => {
      const chunks: Array<Buffer> = []
      readAvailable(fd, (chunk) => chunks.push(chunk))
      assert.isTrue(Buffer.concat(chunks).equals(bytes))
    })
    readAvailable(-1, () => assert.fail("no bytes come from nowhere"))
  })
})
