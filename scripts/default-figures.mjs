// The defaults that pages state inside their sentences, between `<!-- default:name -->` and `<!-- /default -->`. The names
// are those of the sources: of core's as they are, of the others after `supervisor.` and `node.`.
const millis = (value) =>
  value < 1 ? `${value * 1000} µs` : value < 1000 ? `${value} ms` : `${value / 1000} s`

const bytes = (value) => {
  const unit = [
    [1024 ** 3, "GiB"],
    [1024 ** 2, "MiB"],
    [1024, "KiB"]
  ].find(([size]) => value >= 10 * size || value === size)
  return unit === undefined ? count(value) : `${count(value / unit[0])} ${unit[1]}`
}

const count = (value) => value.toLocaleString("en-US")

/** What is no plain number or word, by name. */
const units = {
  millis:
    `spareDelay grace coRunnerGrace terminateTimeout startTimeout silence drainTimeout aheadMillis shortMillis idle
    memoryEvery restartPeriod backoffBase backoffCap chunkMillis supervisor.shutdown supervisor.period
    supervisor.terminateTimeout supervisor.backoff.base supervisor.backoff.cap`.split(/\s+/),
  bytes: "node.maxFrameBytes node.mostFrameBytes node.pendingOutput node.logLine".split(" ")
}

const flatten = (prefix, values) =>
  Object.entries(values).flatMap(([name, value]) =>
    typeof value === "object" ? flatten(`${prefix}${name}.`, value) : [[`${prefix}${name}`, value]]
  )

/** From name to text. Throws where a unit is given to a name that is no default: it would be read as a count elsewhere. */
export const figuresOf = ({ core, node, supervisor }) => {
  const values = new Map([
    ...flatten("", core),
    ...flatten("supervisor.", supervisor),
    ...flatten("node.", node)
  ])
  const unknown = Object.values(units)
    .flat()
    .find((name) => !values.has(name))
  if (unknown !== undefined) throw new Error(`scripts/default-figures.mjs: ${unknown} is no default`)
  const show = (name, value) => {
    if (typeof value !== "number") return String(value)
    if (units.millis.includes(name)) return millis(value)
    return units.bytes.includes(name) ? bytes(value) : count(value)
  }
  return new Map([...values].map(([name, value]) => [name, show(name, value)]))
}

const marked = /<!-- default:([\w.]+) -->([\s\S]*?)<!-- \/default -->/g

/** A figure that is typed where a default is stated. Whole numbers of words ("one second") are not found. */
const typed = [
  /\d[\d.,]*(?: ?(?:µs|ms|s|seconds?|minutes?|[KMG]i?B|bytes|tasks))? by default/g,
  /\bby default,? (?:after |in )?\d[\d.,]*/g,
  /\bdefault(?:s to| is| of|:)? \d[\d.,]*/gi
]

/**
 * A page with its figures as they ought to be, and what is wrong with it: names that are no default, marks that do not
 * match, and figures of defaults that are typed.
 */
export const fillFigures = (page, figures) => {
  const problems = []
  const text = page.replaceAll(marked, (whole, name) => {
    const figure = figures.get(name)
    if (figure === undefined) problems.push(`default:${name} is no default`)
    return figure === undefined ? whole : `<!-- default:${name} -->${figure}<!-- /default -->`
  })
  const rest = text
    .replaceAll(marked, "")
    .replaceAll(/<!-- generated:[\s\S]*?<!-- \/generated -->/g, "")
    .replaceAll(/^```[\s\S]*?^```/gm, "")
  if (/<!-- \/?default/.test(rest)) problems.push("a mark of a default has no other end")
  for (const [found] of typed.flatMap((form) => [...rest.matchAll(form)]))
    problems.push(`"${found}" is typed: put it between <!-- default:name --> and <!-- /default -->`)
  return { text, problems }
}
