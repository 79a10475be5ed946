// Reads TypeScript far enough for the checks beside this file: comments gone, strings apart from code.

const regexAllowedAfter =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>\n]|=>|\b(?:return|typeof|case|in|of|void|delete|throw|new|else|do|instanceof|yield|await))\s*$/

const endOfQuoted = (text, start) => {
  const quote = text[start]
  let at = start + 1
  while (at < text.length && text[at] !== quote && text[at] !== "\n") at += text[at] === "\\" ? 2 : 1
  return at
}

const endOfRegex = (text, start) => {
  let inClass = false
  for (let at = start + 1; at < text.length && text[at] !== "\n"; at++) {
    if (text[at] === "\\") at++
    else if (text[at] === "[") inClass = true
    else if (text[at] === "]") inClass = false
    else if (text[at] === "/" && !inClass) return at
  }
  return -1
}

const endOfTemplatePart = (text, start) => {
  let at = start
  while (at < text.length && text[at] !== "`" && !text.startsWith("${", at)) at += text[at] === "\\" ? 2 : 1
  return at
}

const newlines = (text) => "\n".repeat(text.split("\n").length - 1)

/**
 * Splits a source into code and string literals.
 *
 * - `code`: the source without comments and regular expressions; each string, and each part of a template, is
 *   replaced by `"§n"`. Newlines are kept, so `lineAt(code, index)` is the line in the source.
 * - `strings`: what the nth placeholder stands for, escapes as written.
 * - `comments`: the comments in order, with their marks.
 */
export const scan = (text) => {
  let code = ""
  const strings = []
  const comments = []
  // One entry per template that is open: how many braces its current expression has open.
  const templates = []
  const literal = (value) => {
    code += `"§${strings.push(value) - 1}"${newlines(value)}`
  }
  const templatePart = (start) => {
    const end = endOfTemplatePart(text, start)
    literal(text.slice(start, end))
    if (text[end] !== "$") return end + 1
    templates.push(0)
    code += "+("
    return end + 2
  }
  let at = 0
  while (at < text.length) {
    const char = text[at]
    if (char === '"' || char === "'") {
      const end = endOfQuoted(text, at)
      literal(text.slice(at + 1, end))
      at = end + 1
    } else if (char === "`") {
      at = templatePart(at + 1)
    } else if (text.startsWith("//", at)) {
      const found = text.indexOf("\n", at)
      const end = found === -1 ? text.length : found
      comments.push(text.slice(at, end))
      at = end
    } else if (text.startsWith("/*", at)) {
      const found = text.indexOf("*/", at + 2)
      const end = found === -1 ? text.length : found + 2
      comments.push(text.slice(at, end))
      code += ` ${newlines(text.slice(at, end))}`
      at = end
    } else if (char === "/" && regexAllowedAfter.test(code.slice(-16)) && endOfRegex(text, at) !== -1) {
      at = endOfRegex(text, at) + 1
      code += " 0 "
    } else if (char === "}" && templates.at(-1) === 0) {
      templates.pop()
      code += ")+"
      at = templatePart(at + 1)
    } else {
      if (templates.length > 0 && char === "{") templates[templates.length - 1]++
      if (templates.length > 0 && char === "}") templates[templates.length - 1]--
      code += char
      at++
    }
  }
  return { code, strings, comments }
}

/** The line of a place in a text, from 1. */
export const lineAt = (text, index) => text.slice(0, index).split("\n").length
