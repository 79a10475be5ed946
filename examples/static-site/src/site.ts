/** What surrounds the rendered text: the template of a page, and the index of them all. */
import { escapeHtml } from "./highlight.ts"
import type { Body, Heading } from "./render.ts"
import { indexCss, pageCss } from "./theme.ts"

export const pageHtml = (page: Body & { title: string; package: string; path: string }): string => {
  const folders = page.path.split("/")
  const root = "../".repeat(page.package.split("/").length + folders.length - 1)
  const home = `${root}index.html`
  const crumbs = [
    `<a href="${home}#${escapeHtml(encodeURIComponent(page.package))}">${escapeHtml(page.package)}</a>`,
    ...folders.map((folder) => `<span>${escapeHtml(folder)}</span>`)
  ]
  const aside = page.headings.length < 3 ? "" : contents(page.headings)
  return document({
    title: `${page.title} · ${page.package}`,
    css: pageCss + page.css,
    header: `<a class="brand" href="${home}">Package docs</a><nav class="crumbs">${crumbs.join("")}</nav>`,
    main: `<div class="columns${aside === "" ? "" : " toc"}"><main><article>${page.html}</article></main>${aside}</div>`
  })
}

export const failureHtml = (page: { package: string; path: string }, reason: string): string =>
  pageHtml({
    ...page,
    title: page.path,
    headings: [],
    css: "",
    html: `<h1>${escapeHtml(page.path)}</h1><p>This page could not be rendered: <code>${escapeHtml(reason)}</code>.</p>`
  })

const contents = (headings: ReadonlyArray<Heading>): string => {
  const items = headings.map(
    ({ id, text }) => `<li><a href="#${escapeHtml(encodeURIComponent(id))}">${escapeHtml(text)}</a></li>`
  )
  return `<aside><strong>On this page</strong><ol>${items.join("")}</ol></aside>`
}

export interface IndexPage {
  readonly path: string
  /** From the site's root, with `/`. */
  readonly href: string
  readonly title: string
  /** Of the HTML; `undefined` if the page could not be rendered. */
  readonly bytes: number | undefined
}

export interface IndexGroup {
  readonly package: string
  readonly description: string
  readonly pages: ReadonlyArray<IndexPage>
}

export const indexHtml = (groups: ReadonlyArray<IndexGroup>): string => {
  const pages = groups.reduce((sum, group) => sum + group.pages.length, 0)
  return document({
    title: "Package docs",
    css: indexCss,
    header: `<a class="brand" href="index.html">Package docs</a><input class="search" type="search" placeholder="Search ${pages} pages ( / )" aria-label="Search" autocomplete="off">`,
    main: `<main><div class="intro"><h1>Package docs</h1><span><b>${groups.length}</b> packages</span><span><b id="count">${pages}</b> pages</span></div><div class="groups">${groups.map(section).join("")}</div><p id="none" hidden>Nothing matches.</p></main><script>${search}</script>`
  })
}

const section = (group: IndexGroup): string => {
  const at = group.package.lastIndexOf("@")
  const [name, version] =
    at > 0 ? [group.package.slice(0, at), group.package.slice(at + 1)] : [group.package, ""]
  return `<section id="${escapeHtml(encodeURIComponent(group.package))}"><h2>${escapeHtml(name)} <small>${escapeHtml(version)}</small></h2>${group.description === "" ? "" : `<p>${escapeHtml(group.description)}</p>`}<ul>${group.pages.map((page) => item(group.package, page)).join("")}</ul></section>`
}

const item = (owner: string, page: IndexPage): string => {
  const words = escapeHtml(`${owner} ${page.path} ${page.title}`.toLowerCase())
  const href = escapeHtml(page.href.split("/").map(encodeURIComponent).join("/"))
  const [state, note] =
    page.bytes === undefined ? [` class="failed"`, "not rendered"] : ["", formatBytes(page.bytes)]
  return `<li${state} data-words="${words}"><a href="${href}" title="${escapeHtml(page.path)}">${escapeHtml(page.title)}</a><small>${note}</small></li>`
}

/** Every word has to occur; a package without a hit disappears; `/` goes to the field. Runs in the browser. */
const search = `
const field=document.querySelector(".search"),count=document.getElementById("count"),none=document.getElementById("none")
const groups=[...document.querySelectorAll("section")].map(node=>({node,items:[...node.querySelectorAll("li")]}))
const apply=()=>{
const words=field.value.toLowerCase().split(/\\s+/).filter(Boolean);let shown=0
for(const{node,items}of groups){let any=false
for(const item of items){const hit=words.every(word=>item.dataset.words.includes(word));item.hidden=!hit;if(hit){any=true;shown++}}
node.hidden=!any}
count.textContent=shown;none.hidden=shown>0}
field.addEventListener("input",apply)
addEventListener("pageshow",apply)
addEventListener("keydown",event=>{if(event.key==="/"&&document.activeElement!==field){event.preventDefault();field.focus()}})
`

const document = (parts: { title: string; css: string; header: string; main: string }): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(parts.title)}</title>
<style>${parts.css}</style>
</head>
<body>
<header>${parts.header}</header>
${parts.main}
<footer>Rendered on a pool of workers by Heddle.</footer>
</body>
</html>
`

export const formatBytes = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1e6
      ? `${(bytes / 1e3).toFixed(0)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`
