import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Highlighter } from "../src/highlight.ts"
import { toMarkdown } from "../src/literate.ts"
import { render } from "../src/render.ts"

const plain = {
  highlight: () => undefined,
  resolve: () => undefined,
  isInterrupted: () => false
}

describe("Markdown becomes the body of a page", () => {
  it("takes the title from the first heading and lists the second-level ones", () => {
    const { title, headings } = render("# The `title`\n\n## One\n\n### Deeper\n\n## Two & more", plain)
    assert.strictEqual(title, "The title")
    assert.deepStrictEqual(
      headings.map(({ id, text }) => [id, text]),
      [
        ["one", "One"],
        ["two--more", "Two & more"]
      ]
    )
  })

  it("gives headings of the same text different anchors", () => {
    const { html } = render("# API\n\n## Example\n\n## Example", plain)
    assert.include(html, `<h2 id="example">`)
    assert.include(html, `<h2 id="example-1">`)
  })

  it("keeps the words of raw HTML and nothing that could run or load", () => {
    const { html } = render(
      `<p align="center"><img src="https://example.org/x.png"> Hello</p>\n\n<script>alert(1)</script>\n\nA <b onclick="alert(2)">bold</b> word`,
      plain
    )
    assert.include(html, "Hello")
    assert.include(html, "A bold word")
    assert.notMatch(html, /alert|<script|<img|onclick/)
  })

  it("leaves a `javascript:` link as text", () => {
    assert.notMatch(render("[click](javascript:alert(1))", plain).html, /href/)
  })

  it("shows the words of an image and does not load it", () => {
    const { html } = render("![build status](https://example.org/badge.svg)", plain)
    assert.include(html, `<span class="image">build status</span>`)
    assert.notInclude(html, "https://example.org")
  })

  it("points relative links where the site has a page, and nowhere otherwise", () => {
    const { html } = render("[there](other.md) [gone](LICENSE) [out](https://example.org)", {
      ...plain,
      resolve: (href) => (href === "other.md" ? "other.md.html" : undefined)
    })
    assert.include(html, `<a href="other.md.html">there</a>`)
    assert.include(html, "<a>gone</a>")
    assert.include(html, `<a href="https://example.org" rel="noreferrer">out</a>`)
  })

  it("stops between two blocks of code when its task is interrupted (G4)", () => {
    const blocks = Array.from({ length: 10 }, () => "```js\n1\n```").join("\n\n")
    let highlighted = 0
    const rendering = () =>
      render(blocks, {
        ...plain,
        highlight: () => {
          highlighted++
          return undefined
        },
        isInterrupted: () => highlighted === 3
      })
    assert.throws(rendering, "interrupted")
    assert.strictEqual(highlighted, 3)
  })
})

describe("Code is highlighted", () => {
  it.live(
    "in the bounded set of languages, with one class per style of the page",
    () =>
      Effect.gen(function* () {
        const { block } = yield* Highlighter
        const { html, css } = render("```js\nconst a = 1\nconst b = 2\n```\n\n```brainfuck\n+<\n```", {
          ...plain,
          highlight: block
        })
        assert.match(html, /<span class="t0">const<\/span>/)
        assert.match(css, /^\.t0\{color:light-dark\(#\w+, #\w+\)\}/)
        assert.include(html, "<pre><code>+&lt;\n</code></pre>")
      }).pipe(Effect.provide(Highlighter.layer)),
    30_000
  )
})

describe("TypeScript becomes Markdown", () => {
  it("a titled program is its comment and then its code", () => {
    const markdown = toMarkdown("x", `/**\n * @title Hello\n *\n * Some words.\n */\nconst a = 1\n`)
    assert.strictEqual(markdown, "# Hello\n\nSome words.\n\n````ts\nconst a = 1\n````\n")
  })

  it("a module is a section for each documented export, overloads and inner comments left out", () => {
    const source = `/** About the module. */
import x from "y"

/**
 * Makes one, see {@link Thing}.
 *
 * @category constructors
 * @since 1.2.0
 */
export const make = 1

/** Not exported. */
const inner = 2

/** @internal */
export const hidden = 3

/** The model. */
export interface Thing {}
`
    assert.strictEqual(
      toMarkdown("Mod", source),
      "# Mod\n\nAbout the module.\n\n## make\n\n*const · constructors · since 1.2.0*\n\nMakes one, see `Thing`.\n\n## Thing\n\n*interface*\n\nThe model."
    )
  })
})
