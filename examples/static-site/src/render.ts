/** Markdown → the body of a page. Pure: no files, no clock. */
import MarkdownIt, { type Token } from "markdown-it"
import { escapeHtml, Palette } from "./highlight.ts"

export interface RenderOptions {
  readonly highlight: (code: string, language: string, palette: Palette) => string | undefined
  /** Where a relative link leads in the site, or `undefined` if nowhere. */
  readonly resolve: (href: string) => string | undefined
  /** Asked before each block of code; to answer `true` ends the rendering by throwing. */
  readonly isInterrupted: () => boolean
}

export interface Heading {
  readonly id: string
  readonly text: string
}

export interface Body {
  /** The first heading's text. */
  readonly title: string | undefined
  readonly html: string
  /** The second-level headings, for the table of contents. */
  readonly headings: ReadonlyArray<Heading>
  /** The colours that `html` uses. */
  readonly css: string
}

export const render = (markdown: string, options: RenderOptions): Body => {
  const palette = new Palette()
  const markdownIt = new MarkdownIt({
    html: true,
    linkify: true,
    highlight: (code, language) => {
      if (options.isInterrupted()) throw new Error("interrupted between two blocks of code")
      return options.highlight(code, language, palette) ?? `<pre><code>${escapeHtml(code)}</code></pre>`
    }
  })
  // Only links that say so: READMEs are full of file names, and `index.md` would become a domain in Moldova.
  markdownIt.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
  markdownIt.renderer.rules["html_block"] = (tokens, index) => textOfHtml(tokens[index]?.content ?? "")
  markdownIt.renderer.rules["html_inline"] = () => ""
  markdownIt.renderer.rules["image"] = (tokens, index) => {
    const alt = tokens[index]?.content ?? ""
    return alt === "" ? "" : `<span class="image">${escapeHtml(alt)}</span>`
  }
  // A wide table scrolls by itself, and the page does not.
  markdownIt.renderer.rules["table_open"] = () => `<div class="table"><table>`
  markdownIt.renderer.rules["table_close"] = () => "</table></div>"

  const tokens = markdownIt.parse(markdown, {})
  const headings = anchor(tokens)
  link(tokens, options.resolve)
  return {
    title: headings[0]?.text,
    headings: headings.filter((heading) => heading.level === 2),
    html: markdownIt.renderer.render(tokens, markdownIt.options, {}),
    css: palette.css
  }
}

/** Gives each heading the id that GitHub would give it, so that the links of a README lead to it. */
const anchor = (tokens: ReadonlyArray<Token>): Array<Heading & { readonly level: number }> => {
  const taken = new Map<string, number>()
  return tokens.flatMap((token, index) => {
    if (token.type !== "heading_open") return []
    const text = textOfTokens(tokens[index + 1]?.children ?? [])
    if (text === "") return []
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-")
    const seen = taken.get(slug) ?? 0
    taken.set(slug, seen + 1)
    const id = seen === 0 ? slug : `${slug}-${seen}`
    token.attrSet("id", id)
    return [{ id, text, level: Number(token.tag.slice(1)) }]
  })
}

/** Points relative links at pages of the site; what has no page becomes plain text. */
const link = (tokens: ReadonlyArray<Token>, resolve: RenderOptions["resolve"]): void => {
  for (const token of tokens) {
    if (token.children !== null) link(token.children, resolve)
    if (token.type !== "link_open") continue
    const href = String(token.attrGet("href") ?? "")
    if (href.startsWith("#")) continue
    const external = /^(?:https?:|mailto:)/i.test(href)
    const target = external ? href : resolve(href)
    if (target === undefined) token.attrs = token.attrs?.filter(([name]) => name !== "href") ?? null
    else token.attrSet("href", target)
    if (external) token.attrSet("rel", "noreferrer")
  }
}

const textOfTokens = (tokens: ReadonlyArray<Token>): string =>
  tokens
    .map((token) => (token.type === "text" || token.type === "code_inline" ? token.content : ""))
    .join("")
    .trim()

/**
 * What raw HTML says, without its tags. A README is somebody else's text: its scripts, frames and pixels have no
 * place in this site, and a page asks for nothing over the network.
 */
const textOfHtml = (html: string): string => {
  const text = html
    .replaceAll(/<!--[\s\S]*?-->/g, "")
    .replaceAll(/<(?<tag>script|style|svg)\b[\s\S]*?(?:<\/\k<tag>>|$)/gi, "")
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("<", "&lt;")
    .trim()
  return text === "" ? "" : `<p>${text}</p>\n`
}
