/** Source code → coloured HTML, as a service that is dear to build and cheap to use. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createHighlighterCore } from "shiki/core"
import { createOnigurumaEngine } from "shiki/engine/oniguruma"

const themes = { light: "github-light", dark: "github-dark" } as const

/** Collects the styles that one page uses, so that a token costs a short class and not two colours. */
export class Palette {
  readonly #classes = new Map<string, string>()

  classOf(style: string): string {
    const known = this.#classes.get(style)
    if (known !== undefined) return known
    const name = `t${this.#classes.size}`
    this.#classes.set(style, name)
    return name
  }

  get css(): string {
    return Array.from(this.#classes, ([style, name]) => `.${name}{${style}}`).join("")
  }
}

/**
 * Building it loads and compiles the grammars and starts a WebAssembly engine: a fraction of a second, and tens of
 * megabytes. As a layer it is built once per worker, before the first page, and disposed of when the worker's scope
 * closes; a handler that needs it says so in its type.
 */
export class Highlighter extends Context.Service<
  Highlighter,
  {
    /** The `<pre>` of a block, or `undefined` for a language that is not among the bounded set. */
    readonly block: (code: string, language: string, palette: Palette) => string | undefined
  }
>()("@heddle/example-static-site/Highlighter") {
  static readonly layer = Layer.effect(
    Highlighter,
    Effect.gen(function* () {
      const shiki = yield* Effect.acquireRelease(Effect.promise(load), (loaded) =>
        Effect.sync(() => loaded.dispose())
      )
      const languages = new Set(shiki.getLoadedLanguages())
      return Highlighter.of({
        block: (code, language, palette) => {
          const lang = language.toLowerCase()
          if (!languages.has(lang)) return undefined
          const { tokens } = shiki.codeToTokens(code.trimEnd(), {
            lang,
            themes,
            defaultColor: "light-dark()"
          })
          const lines = tokens.map((line) => line.map((token) => span(token, palette)).join(""))
          return `<pre><code>${lines.join("\n")}</code></pre>`
        }
      })
    })
  )
}

/** In threads the WebAssembly engine is warm after a few pages; the JavaScript one recompiles for much longer. */
const load = () =>
  createHighlighterCore({
    engine: createOnigurumaEngine(import("shiki/wasm")),
    themes: [import("shiki/themes/github-light.mjs"), import("shiki/themes/github-dark.mjs")],
    langs: [
      import("shiki/langs/javascript.mjs"),
      import("shiki/langs/typescript.mjs"),
      import("shiki/langs/jsx.mjs"),
      import("shiki/langs/tsx.mjs"),
      import("shiki/langs/json.mjs"),
      import("shiki/langs/jsonc.mjs"),
      import("shiki/langs/shellscript.mjs"),
      import("shiki/langs/html.mjs"),
      import("shiki/langs/css.mjs"),
      import("shiki/langs/markdown.mjs"),
      import("shiki/langs/diff.mjs"),
      import("shiki/langs/yaml.mjs")
    ]
  })

interface Token {
  readonly content: string
  readonly htmlStyle?: Record<string, string>
}

const lightFont = "--shiki-light-font-"

const span = (token: Token, palette: Palette): string => {
  const text = escapeHtml(token.content)
  if (token.htmlStyle === undefined || token.content.trim() === "") return text
  const style = Object.entries(token.htmlStyle).flatMap(([property, value]) => {
    // Beside the colour come both themes' own values; these two agree on what is bold and what is italic.
    if (property === "color") return [`color:${value}`]
    return property.startsWith(lightFont) ? [`${property.slice(lightFont.length - 5)}:${value}`] : []
  })
  return `<span class="${palette.classOf(style.join(";"))}">${text}</span>`
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }

export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"]/g, (c) => entities[c] ?? c)
