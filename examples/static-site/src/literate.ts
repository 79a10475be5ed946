/**
 * TypeScript with documentation comments → Markdown, so that Effect's own sources become pages too.
 *
 * A file that opens with `@title` is a program to read: its comment, then its code. Any other file is a module: its
 * comment, then a section for each documented export.
 */

interface Comment {
  readonly text: string
  readonly tags: ReadonlyMap<string, string>
}

export const toMarkdown = (name: string, source: string): string => {
  const opening = /^\s*\/\*\*[\s\S]*?\*\//.exec(source)?.[0]
  const comment = opening === undefined ? undefined : parse(opening)
  const title = comment?.tags.get("title")
  if (comment !== undefined && opening !== undefined && title !== undefined) {
    return `# ${title}\n\n${comment.text}\n\n${fence(source.slice(opening.length).trim())}\n`
  }
  const documented = sections(opening === undefined ? source : source.slice(opening.length))
  const body = documented.length === 0 ? [fence(source)] : documented
  return [`# ${name}`, comment?.text ?? "", ...body].join("\n\n")
}

const documentedExport =
  /(?<comment>\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*export (?:declare |abstract |default |async )*(?<kind>const|function|class|interface|type|namespace) (?<name>[\w$]+)/g

const sections = (source: string): Array<string> => {
  const seen = new Set<string>()
  return Array.from(source.matchAll(documentedExport)).flatMap(({ groups }) => {
    const { comment = "", kind = "", name = "" } = groups ?? {}
    const { text, tags } = parse(comment)
    // The overloads of a function, or a type and its constructor, share one section.
    if (seen.has(name) || tags.has("internal")) return []
    seen.add(name)
    const facts = [kind, tags.get("category"), tags.get("stability"), since(tags.get("since"))]
    return [`## ${name}\n\n*${facts.filter((fact) => fact !== undefined).join(" · ")}*\n\n${text}`]
  })
}

const since = (version: string | undefined): string | undefined =>
  version === undefined ? undefined : `since ${version}`

/** The text of a comment without its stars, and its one-line tags apart. */
const parse = (comment: string): Comment => {
  const tags = new Map<string, string>()
  const lines: Array<string> = []
  let fenced = false
  for (const raw of comment
    .replace(/^\s*\/\*\*/, "")
    .replace(/\*\/\s*$/, "")
    .split("\n")) {
    const line = raw.replace(/^\s*(?:\* ?)?/, "")
    if (line.startsWith("```")) fenced = !fenced
    const [, tag, value = ""] = fenced ? [] : (/^@(\w+)\s*(.*)$/.exec(line) ?? [])
    if (tag === undefined) lines.push(fenced ? line : unlink(line))
    else if (tag === "see") lines.push(`See ${unlink(value)}`, "")
    else tags.set(tag, value)
  }
  return { text: lines.join("\n").trim(), tags }
}

/** `{@link X}` as code. */
const unlink = (text: string): string => text.replaceAll(/\{@link (?<to>[^}\s]+)[^}]*\}/g, "`$<to>`")

/** Four ticks, since the comments inside may hold three. */
const fence = (code: string): string => `\`\`\`\`ts\n${code}\n\`\`\`\``
