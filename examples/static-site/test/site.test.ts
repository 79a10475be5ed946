import { assert, describe, it } from "@effect/vitest"
import { liveLine, plainLine, type State } from "../src/progress.ts"
import { indexHtml, pageHtml } from "../src/site.ts"

const body = { title: "T", html: "<p>x</p>", css: "", headings: [] }

describe("The site", () => {
  it("leads from a page back to the index, however deep the page lies", () => {
    const html = pageHtml({ ...body, package: "@s/b@1.0.0", path: "docs/deep.md" })
    assert.include(html, `href="../../../index.html"`)
    assert.include(html, `href="../../../index.html#%40s%2Fb%401.0.0"`)
  })

  it("escapes what packages say about themselves", () => {
    const evil = `"><script>alert(1)</script>`
    const html = indexHtml([
      {
        package: evil,
        description: evil,
        pages: [{ path: evil, href: `a/${evil}.html`, title: evil, bytes: 1 }]
      }
    ])
    assert.notInclude(html, "<script>alert")
    assert.notInclude(pageHtml({ ...body, title: evil, package: evil, path: evil }), "<script>alert")
  })

  it("marks a page that failed", () => {
    const page = { path: "bad.md", href: "p/bad.md.html", title: "bad.md", bytes: undefined }
    const html = indexHtml([{ package: "p", description: "", pages: [page] }])
    assert.match(html, /<li class="failed".*not rendered/)
  })
})

describe("Progress", () => {
  const escapes = new RegExp(`${String.fromCodePoint(27)}\\[\\d+m`, "g")
  const state: State = {
    pages: 200,
    done: 50,
    failed: 1,
    size: 1000,
    doneSize: 420,
    written: 2_000_000,
    pagesPerSecond: 61.4,
    busy: 2,
    workers: 3
  }

  it("says on one plain line how far it is", () => {
    assert.strictEqual(
      plainLine(state),
      "rendered 50 of 200 pages (42% of the text), 2 of 3 workers busy, 1 error"
    )
  })

  it("is never wider than the terminal", () => {
    for (const columns of [20, 40, 60, 80, 200]) {
      const line = liveLine(state, columns).replaceAll(escapes, "")
      assert.isBelow(line.length, columns + 1)
    }
    assert.include(
      liveLine(state, 120).replaceAll(escapes, ""),
      "42%  50/200 pages  61 pages/s  workers ●●○  1 error"
    )
  })
})
