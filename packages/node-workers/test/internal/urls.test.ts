import { assert, describe, it } from "vitest"
import { toUrl } from "../../src/internal/urls.ts"

describe("a URL in an option", () => {
  it("is returned unchanged where Node has made it", () => {
    const url = new URL("file:///worker.ts")
    assert.strictEqual(toUrl(url), url)
  })

  it("is converted where another realm or library has made it", () => {
    const foreign = { href: "file:///worker.ts", protocol: "file:" }
    const url = toUrl(foreign)
    assert.instanceOf(url, URL)
    assert.strictEqual(url.href, foreign.href)
  })

  it("is no string, and no object that merely looks like one", () => {
    for (const value of ["file:///worker.ts", undefined, null, {}, { href: 1, protocol: "file:" }]) {
      assert.isUndefined(toUrl(value))
    }
    assert.isUndefined(toUrl({ href: "no URL at all", protocol: "file:" }))
  })
})
